import type { RequestedRange } from "#model/byte-range.ts";
import type { FolderLook, NamedFile, ReadFile } from "../driver.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { systemCode } from "../system-error.ts";
import type { Disk, DiskFacts, DiskSpace, FolderEntry, OpenNumber, Soon } from "./disk.ts";

/** A part of the tree that lies elsewhere. */
export interface KeptPart {
  /** Where it stands in the tree. */
  readonly prefix: FilePath;
  /** Its own tree, whose root is `prefix`. */
  readonly disk: Disk;
  /** Throws `unavailable` unless its folder is there, and not only the empty place where its disk is to be mounted. */
  requireThere(): Soon<void>;
}

/**
 * One tree of several disks: parts of it lie elsewhere. Nothing is ever made, and nothing ever told to be absent, in a part whose disk is
 * not there. The numbers of open files must be of one kind, as the system's are.
 */
export class JoinedDisk implements Disk {
  readonly #own: Disk;
  #parts: readonly KeptPart[] = [];
  /** Files that are open in a part. */
  readonly #files = new Map<OpenNumber, Disk>();

  /** `own` holds everything but the parts. */
  constructor(own: Disk) {
    this.#own = own;
  }

  /** Puts these parts in the place of those there were. No two of them lie below one another. Files that are open stay so. */
  setParts(parts: readonly KeptPart[]): void {
    this.#parts = parts;
  }

  homeOf(path: FilePath): FilePath {
    return this.#partOf(path)?.prefix ?? filePath();
  }

  homes(): readonly FilePath[] {
    return [filePath(), ...this.#parts.map(({ prefix }) => prefix)];
  }

  openToRead(path: FilePath): Soon<OpenNumber> {
    const part = this.#partOf(path);
    return part === undefined ? this.#own.openToRead(path) : this.#openIn(part, () => part.disk.openToRead(inside(part, path)));
  }

  createFile(path: FilePath, mode: number): Soon<OpenNumber> {
    const part = this.#partOf(path);
    if (part === undefined) return this.#own.createFile(path, mode);
    return this.#changing(part, () => this.#openIn(part, () => part.disk.createFile(inside(part, path), mode)));
  }

  read(file: OpenNumber, bytes: Uint8Array, position: number): Soon<number> {
    return this.#diskOf(file).read(file, bytes, position);
  }

  write(file: OpenNumber, bytes: Uint8Array, position: number): Soon<number> {
    return this.#diskOf(file).write(file, bytes, position);
  }

  writesAtOnce(file: OpenNumber): boolean {
    return this.#diskOf(file).writesAtOnce(file);
  }

  statOpen(file: OpenNumber): Soon<DiskFacts> {
    return this.#diskOf(file).statOpen(file);
  }

  // What is found in a part is there; whoever finds nothing looks again and asks for its disk then.
  readNow(path: FilePath, range: RequestedRange | undefined): ReadFile | undefined {
    const part = this.#partOf(path);
    return part === undefined ? this.#own.readNow?.(path, range) : part.disk.readNow?.(inside(part, path), range);
  }

  sizeNow(path: FilePath): number | undefined {
    const part = this.#partOf(path);
    return part === undefined ? this.#own.sizeNow?.(path) : part.disk.sizeNow?.(inside(part, path));
  }

  setMode(file: OpenNumber, mode: number): Soon<void> {
    return this.#diskOf(file).setMode(file, mode);
  }

  async syncFile(file: OpenNumber): Promise<void> {
    await this.#diskOf(file).syncFile(file);
  }

  close(file: OpenNumber): Soon<void> {
    const disk = this.#diskOf(file);
    this.#files.delete(file); // before: once it is closed, the number may be another file's
    return disk.close(file);
  }

  leadsToFolder(path: FilePath): Soon<boolean> {
    const part = this.#partOf(path);
    return part === undefined ? this.#own.leadsToFolder(path) : part.disk.leadsToFolder(inside(part, path));
  }

  stat(path: FilePath): Soon<DiskFacts | undefined> {
    const part = this.#partOf(path);
    return part === undefined ? this.#own.stat(path) : this.#statIn(part, inside(part, path));
  }

  measure(path: FilePath): Soon<Omit<NamedFile, "name"> | undefined> {
    const part = this.#partOf(path);
    return part === undefined ? this.#own.measure(path) : part.disk.measure(inside(part, path)); // `readFolder` sees to the part
  }

  lookAtFolder(path: FilePath): Soon<FolderLook> {
    const part = this.#partOf(path);
    return part === undefined ? this.#own.lookAtFolder(path) : this.#lookIn(part, inside(part, path));
  }

  link(from: FilePath, to: FilePath): Soon<void> {
    return this.#between(from, to, (disk, fromInside, toInside) => disk.link(fromInside, toInside));
  }

  rename(from: FilePath, to: FilePath): Soon<void> {
    return this.#between(from, to, (disk, fromInside, toInside) => disk.rename(fromInside, toInside));
  }

  renameToAbsent(from: FilePath, to: FilePath): Soon<void> {
    return this.#between(from, to, (disk, fromInside, toInside) => disk.renameToAbsent(fromInside, toInside));
  }

  unlink(path: FilePath): Soon<void> {
    const part = this.#partOf(path);
    return part === undefined ? this.#own.unlink(path) : this.#changing(part, () => part.disk.unlink(inside(part, path)));
  }

  makeFolder(path: FilePath, mode: number): Soon<void> {
    const part = this.#partOf(path);
    if (part === undefined) return this.#own.makeFolder(path, mode);
    return this.#changing(part, () => {
      if (path === part.prefix) throw systemError("EEXIST", "a part of the tree is there, or not there, without us");
      return part.disk.makeFolder(inside(part, path), mode);
    });
  }

  removeFolder(path: FilePath): Soon<void> {
    const part = this.#partOf(path);
    if (part === undefined) return this.#own.removeFolder(path);
    return this.#changing(part, () => {
      if (path === part.prefix) throw systemError("EBUSY", "a part of the tree is there, or not there, without us");
      return part.disk.removeFolder(inside(part, path));
    });
  }

  async syncFolder(path: FilePath): Promise<void> {
    const part = this.#partOf(path);
    if (part === undefined) return await this.#own.syncFolder(path);
    await this.#changing(part, () => part.disk.syncFolder(inside(part, path)));
  }

  async *readFolder(path: FilePath): AsyncGenerator<readonly FolderEntry[], void, undefined> {
    const part = this.#partOf(path);
    if (part === undefined) return yield* this.#readOwn(path);
    await part.requireThere();
    yield* part.disk.readFolder(inside(part, path));
    await part.requireThere(); // its disk may have gone in between, and the names with it
  }

  space(path: FilePath): Soon<DiskSpace> {
    const part = this.#partOf(path);
    return part === undefined ? this.#own.space(path) : this.#changing(part, () => part.disk.space(inside(part, path)));
  }

  #partOf(path: FilePath): KeptPart | undefined {
    for (const part of this.#parts) {
      if (path.startsWith(part.prefix) && (path.length === part.prefix.length || path[part.prefix.length] === "/")) return part;
    }
    return undefined;
  }

  #diskOf(file: OpenNumber): Disk {
    return this.#files.get(file) ?? this.#own;
  }

  async #openIn(part: KeptPart, open: () => Soon<OpenNumber>): Promise<OpenNumber> {
    const { disk } = part;
    try {
      const file = await open();
      this.#files.set(file, disk);
      return file;
    } catch (error) {
      if (systemCode(error) === "ENOENT") await part.requireThere();
      throw error;
    }
  }

  async #statIn(part: KeptPart, path: FilePath): Promise<DiskFacts | undefined> {
    const there = await part.disk.stat(path);
    if (there === undefined || path === "") await part.requireThere();
    return there;
  }

  async #lookIn(part: KeptPart, path: FilePath): Promise<FolderLook> {
    const look = await part.disk.lookAtFolder(path);
    if (look.kind === "absent" || path === "") await part.requireThere();
    return look;
  }

  async #changing<Result>(part: KeptPart, change: () => Soon<Result>): Promise<Result> {
    await part.requireThere();
    return await change();
  }

  #between(from: FilePath, to: FilePath, step: (disk: Disk, from: FilePath, to: FilePath) => Soon<void>): Soon<void> {
    const part = this.#partOf(from);
    if (part !== this.#partOf(to)) throw systemError("EXDEV", "the two names lie in two parts of the tree");
    if (part === undefined) return step(this.#own, from, to);
    return this.#changing(part, () => step(part.disk, inside(part, from), inside(part, to)));
  }

  /** The names in a folder of our own, and those of the parts that stand in it or further below. */
  async *#readOwn(path: FilePath): AsyncGenerator<readonly FolderEntry[], void, undefined> {
    const start = path === "" ? 0 : path.length + 1;
    const below = this.#parts.filter(({ prefix }) => path === "" || prefix.startsWith(`${path}/`));
    if (below.length === 0) return yield* this.#own.readFolder(path);
    const names = new Set(below.map(({ prefix }) => prefix.slice(start).split("/")[0] ?? ""));
    yield [...names].map((name) => ({ name, kind: "folder" as const }));
    try {
      for await (const entries of this.#own.readFolder(path)) yield entries.filter(({ name }) => !names.has(name));
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error; // there is nothing of our own beside the parts
    }
  }
}

function inside(part: KeptPart, path: FilePath): FilePath {
  return path.slice(part.prefix.length + 1) as FilePath; // the rest of a path is a path
}

function systemError(code: string, why: string): Error {
  return Object.assign(new Error(`${code}: ${why}`), { code });
}
