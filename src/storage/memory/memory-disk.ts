import type { Disk, DiskFacts, DiskSpace, FolderEntry, OpenNumber } from "../disk/disk.ts";
import type { FolderLook, NamedFile } from "../driver.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { type FaultPlan, type MemoryCall, systemError, untilAborted } from "./memory-fault.ts";
import {
  afterPowerCut,
  asFile,
  asFolder,
  bytesBelow,
  factsOfNode,
  type MemoryFile,
  type MemoryFolder,
  type MemoryNode,
  memoryFolder,
  randomSurvival,
  type Survival,
} from "./memory-node.ts";
import { seededRandom } from "./seeded-random.ts";

export interface MemoryDiskOptions {
  /** Bytes that all files together may have. */
  readonly capacityBytes: number;
  readonly clock: () => number;
  /** Whether uploads write each chunk as it comes, asked before each; by default they gather them, as on a slow disk. */
  readonly writesAtOnce?: boolean | (() => boolean);
}

interface OpenNode {
  readonly node: MemoryNode;
  readonly path: FilePath;
}

/** A disk that forgets on a loss of power what was not synced, and on which any step can be made to fail. */
export class MemoryDisk implements Disk {
  readonly #options: MemoryDiskOptions;
  readonly #root: MemoryFolder;
  readonly #open = new Map<OpenNumber, OpenNode>();
  #nextNumber = 1;
  #usedBytes: number;
  #steps = 0;
  #isOff = false;
  #plan: FaultPlan | undefined;

  constructor(options: MemoryDiskOptions, root = memoryFolder({ inode: 0, mode: 0o700, modifiedAtMs: options.clock() })) {
    this.#options = options;
    this.#root = root;
    this.#usedBytes = bytesBelow(root);
  }

  /** From the next step on, counted from 0 again, `plan` says what goes wrong. */
  inject(plan: FaultPlan | undefined): void {
    this.#plan = plan;
    this.#steps = 0;
  }

  /** How many files are open. */
  get openFiles(): number {
    return this.#open.size;
  }

  /** Turns the disk off for good; what is left of it is another disk. `seed` chooses what happens to everything not synced. */
  powerCut(seed: number): MemoryDisk {
    return this.powerCutBy(randomSurvival(seededRandom(seed)));
  }

  /** The same, as `survival` chooses. It may be called again, for another choice. */
  powerCutBy(survival: Survival): MemoryDisk {
    this.#isOff = true;
    return new MemoryDisk(this.#options, afterPowerCut(this.#root, survival));
  }

  openToRead(path: FilePath): Promise<OpenNumber> {
    return this.#step("openToRead", path, () => this.#number({ node: this.#require(path), path }));
  }

  createFile(path: FilePath, mode: number): Promise<OpenNumber> {
    return this.#step("createFile", path, () => {
      const { folder, name } = this.#place(path);
      if (folder.names.has(name)) throw systemError("EEXIST");
      const file: MemoryFile = { ...this.#newNode(mode), kind: "file", bytes: new Uint8Array(), syncedBytes: undefined, changes: 0 };
      this.#name(folder, name, file);
      return this.#number({ node: file, path });
    });
  }

  read(file: OpenNumber, bytes: Uint8Array, position: number): Promise<number> {
    const { node, path } = this.#opened(file);
    return this.#step("read", path, (isShort) => {
      const part = asFile(node).bytes.subarray(position, position + (isShort ? Math.floor(bytes.length / 2) : bytes.length));
      bytes.set(part);
      return part.length;
    });
  }

  write(file: OpenNumber, bytes: Uint8Array, position: number): Promise<number> {
    const { node, path } = this.#opened(file);
    return this.#step("write", path, (isShort) => {
      const target = asFile(node);
      const room = this.#options.capacityBytes - this.#usedBytes;
      const taken = bytes.subarray(0, Math.min(room, isShort ? Math.ceil(bytes.length / 2) : bytes.length));
      if (taken.length === 0) throw systemError("ENOSPC");
      const grown = new Uint8Array(Math.max(target.bytes.length, position + taken.length));
      grown.set(target.bytes);
      grown.set(taken, position);
      this.#usedBytes += grown.length - target.bytes.length;
      target.bytes = grown;
      target.modifiedAtMs = this.#options.clock();
      target.changes += 1;
      return taken.length;
    });
  }

  writesAtOnce(): boolean {
    const { writesAtOnce = false } = this.#options;
    return typeof writesAtOnce === "function" ? writesAtOnce() : writesAtOnce;
  }

  statOpen(file: OpenNumber): Promise<DiskFacts> {
    const { node, path } = this.#opened(file);
    return this.#step("statOpen", path, () => factsOfNode(node));
  }

  setMode(file: OpenNumber, mode: number): Promise<void> {
    const { node, path } = this.#opened(file);
    return this.#step("setMode", path, () => {
      asFile(node).mode = mode;
      asFile(node).changes += 1;
    });
  }

  syncFile(file: OpenNumber): Promise<void> {
    const { node, path } = this.#opened(file);
    const target = asFile(node);
    const sync = this.#step("syncFile", path, () => {
      if (target.forgottenBytes !== target.bytes) target.syncedBytes = target.bytes;
    });
    // As on Linux: what could not be written counts as clean from then on, and the next sync says yes.
    return sync.catch((error: unknown) => {
      target.forgottenBytes = target.bytes;
      throw error;
    });
  }

  close(file: OpenNumber): Promise<void> {
    const { path } = this.#opened(file);
    this.#open.delete(file); // the number is free whatever close says, as on Linux
    return this.#step("close", path, () => undefined);
  }

  stat(path: FilePath): Promise<DiskFacts | undefined> {
    return this.#step("stat", path, () => {
      const node = this.#find(path);
      return node && factsOfNode(node);
    });
  }

  measure(path: FilePath): Promise<Omit<NamedFile, "name"> | undefined> {
    return this.#step("stat", path, () => {
      const node = this.#find(path);
      return node?.kind === "file" ? { sizeBytes: node.bytes.length, changedAtMs: node.modifiedAtMs } : undefined;
    });
  }

  lookAtFolder(path: FilePath): Promise<FolderLook> {
    return this.#step("stat", path, () => {
      const node = this.#find(path);
      if (node?.kind !== "folder") return { kind: node === undefined ? "absent" : "other" };
      const { inode, modifiedAtMs } = node;
      const mark = { text: `${inode}-${modifiedAtMs}`, changedAtMs: [modifiedAtMs], seenAtMs: this.#options.clock() };
      return { kind: "folder", mark };
    });
  }

  link(from: FilePath, to: FilePath): Promise<void> {
    return this.#step("link", to, () => {
      const file = asFile(this.#require(from));
      const { folder, name } = this.#place(to);
      if (folder.names.has(name)) throw systemError("EEXIST");
      this.#name(folder, name, file);
      file.changes += 1;
    });
  }

  rename(from: FilePath, to: FilePath): Promise<void> {
    return this.#step("rename", to, () => this.#rename(from, to));
  }

  renameToAbsent(from: FilePath, to: FilePath): Promise<void> {
    return this.#step("renameToAbsent", to, () => {
      if (this.#find(to) !== undefined) throw systemError("EEXIST");
      this.#rename(from, to);
    });
  }

  unlink(path: FilePath): Promise<void> {
    return this.#step("unlink", path, () => {
      const file = asFile(this.#require(path));
      const { folder, name } = this.#place(path);
      this.#name(folder, name, undefined);
      file.changes += 1;
      this.#usedBytes = bytesBelow(this.#root);
    });
  }

  makeFolder(path: FilePath, mode: number): Promise<void> {
    return this.#step("makeFolder", path, () => {
      const { folder, name } = this.#place(path);
      if (folder.names.has(name)) throw systemError("EEXIST");
      this.#name(folder, name, memoryFolder(this.#newNode(mode)));
    });
  }

  removeFolder(path: FilePath): Promise<void> {
    return this.#step("removeFolder", path, () => {
      if (asFolder(this.#require(path)).names.size > 0) throw systemError("ENOTEMPTY");
      const { folder, name } = this.#place(path);
      this.#name(folder, name, undefined);
    });
  }

  syncFolder(path: FilePath): Promise<void> {
    return this.#step("syncFolder", path, () => {
      const folder = asFolder(this.#require(path));
      folder.syncedNames = new Map(folder.names);
    });
  }

  /** There are no links here. */
  leadsToFolder(path: FilePath): Promise<boolean> {
    return this.#step("stat", path, () => this.#require(path).kind === "folder");
  }

  async *readFolder(path: FilePath): AsyncGenerator<readonly FolderEntry[], void, undefined> {
    const names = await this.#step("readFolder", path, () => [...asFolder(this.#require(path)).names]);
    yield names.map(([name, { kind }]) => ({ name, kind }));
  }

  homeOf(): FilePath {
    return filePath();
  }

  homes(): readonly FilePath[] {
    return [filePath()];
  }

  space(path: FilePath): Promise<DiskSpace> {
    return this.#step("space", path, () => {
      this.#require(path);
      const { capacityBytes } = this.#options;
      return { freeBytes: capacityBytes - this.#usedBytes, totalBytes: capacityBytes };
    });
  }

  async #step<Result>(call: MemoryCall, path: FilePath, happen: (isShort: boolean) => Result): Promise<Result> {
    const fault = this.#plan?.({ index: this.#steps, call, path });
    this.#steps += 1;
    if (fault?.kind === "power-cut") this.#isOff = true;
    if (this.#isOff) throw systemError("EIO");
    if (fault?.kind === "fail-before") throw fault.error;
    if (fault?.kind === "hang") await untilAborted(fault.signal);
    const result = happen(fault?.kind === "short");
    if (fault?.kind === "fail-after") throw fault.error;
    return result;
  }

  #rename(from: FilePath, to: FilePath): void {
    const file = asFile(this.#require(from));
    const source = this.#place(from);
    const target = this.#place(to);
    this.#name(source.folder, source.name, undefined);
    this.#name(target.folder, target.name, file);
    file.changes += 1;
    this.#usedBytes = bytesBelow(this.#root);
  }

  /** Gives a name to a node, or takes it away, which is what the time of a folder tells of. */
  #name(folder: MemoryFolder, name: string, node: MemoryNode | undefined): void {
    if (node === undefined) folder.names.delete(name);
    else folder.names.set(name, node);
    folder.modifiedAtMs = this.#options.clock();
  }

  #newNode(mode: number): { inode: number; mode: number; modifiedAtMs: number } {
    this.#nextNumber += 1;
    return { inode: this.#nextNumber, mode, modifiedAtMs: this.#options.clock() };
  }

  #number(opened: OpenNode): OpenNumber {
    this.#nextNumber += 1;
    this.#open.set(this.#nextNumber, opened);
    return this.#nextNumber;
  }

  #opened(file: OpenNumber): OpenNode {
    const opened = this.#open.get(file);
    if (opened === undefined) throw systemError("EBADF");
    return opened;
  }

  #find(path: FilePath): MemoryNode | undefined {
    let node: MemoryNode | undefined = this.#root;
    for (const name of path === "" ? [] : path.split("/")) node = node?.kind === "folder" ? node.names.get(name) : undefined;
    return node;
  }

  #require(path: FilePath): MemoryNode {
    const node = this.#find(path);
    if (node === undefined) throw systemError("ENOENT");
    return node;
  }

  #place(path: FilePath): { folder: MemoryFolder; name: string } {
    const slash = path.lastIndexOf("/");
    const folder = slash < 0 ? this.#root : this.#require(path.slice(0, slash) as FilePath); // a path cut at a slash is a path
    return { folder: asFolder(folder), name: path.slice(slash + 1) };
  }
}
