import { whenKnown } from "#lib/soon.ts";
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
    return this.#at(path, (disk, at) => this.#opened(disk, disk.openToRead(at)));
  }

  createFile(path: FilePath, mode: number): Soon<OpenNumber> {
    return this.#at(path, (disk, at) => this.#opened(disk, disk.createFile(at, mode)));
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

  readNow(path: FilePath, range: RequestedRange | undefined): ReadFile | "absent" | undefined {
    return this.#now(path, (disk, at) => disk.readNow?.(at, range));
  }

  sizeNow(path: FilePath): number | "absent" | undefined {
    return this.#now(path, (disk, at) => disk.sizeNow?.(at));
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
    return this.#at(path, (disk, at) => disk.leadsToFolder(at));
  }

  stat(path: FilePath): Soon<DiskFacts | undefined> {
    return this.#at(path, (disk, at) => disk.stat(at), isUndefined);
  }

  measure(path: FilePath): Soon<Omit<NamedFile, "name"> | undefined> {
    return this.#at(path, (disk, at) => disk.measure(at), isUndefined);
  }

  lookAtFolder(path: FilePath): Soon<FolderLook> {
    const isAbsent = ({ kind }: FolderLook) => kind === "absent";
    return this.#at(path, (disk, at) => disk.lookAtFolder(at), isAbsent);
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
    return this.#at(path, (disk, at) => disk.unlink(at));
  }

  makeFolder(path: FilePath, mode: number): Soon<void> {
    return this.#at(path, (disk, at) => {
      if (at === "" && path !== "") throw systemError("EEXIST", "a part of the tree is there, or not there, without us");
      return disk.makeFolder(at, mode);
    });
  }

  removeFolder(path: FilePath): Soon<void> {
    return this.#at(path, (disk, at) => {
      if (at === "" && path !== "") throw systemError("EBUSY", "a part of the tree is there, or not there, without us");
      return disk.removeFolder(at);
    });
  }

  async syncFolder(path: FilePath): Promise<void> {
    await this.#at(path, (disk, at) => disk.syncFolder(at));
  }

  async *readFolder(path: FilePath): AsyncGenerator<readonly FolderEntry[], void, undefined> {
    const part = this.#partOf(path);
    if (part === undefined) return yield* this.#readOwn(path);
    await part.requireThere();
    yield* part.disk.readFolder(inside(part, path));
    await part.requireThere(); // its disk may have gone in between, and the names with it
  }

  space(path: FilePath): Soon<DiskSpace> {
    return this.#at(path, (disk, at) => disk.space(at));
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

  /** The one way to what lies at a path, but for `#now` and `readFolder`: a step in a part is taken only while its disk is there. */
  #at<Result>(
    path: FilePath,
    step: (disk: Disk, at: FilePath) => Soon<Result>,
    isNothing: (result: Result) => boolean = () => false,
  ): Soon<Result> {
    const part = this.#partOf(path);
    return part === undefined ? step(this.#own, path) : this.#within(part, (disk) => step(disk, inside(part, path)), isNothing);
  }

  async #within<Result>(
    part: KeptPart,
    step: (disk: Disk) => Soon<Result>,
    isNothing: (result: Result) => boolean = () => false,
  ): Promise<Result> {
    await part.requireThere();
    try {
      const result = await step(part.disk);
      if (isNothing(result)) await part.requireThere(); // its disk may have gone in between, and the file with it
      return result;
    } catch (error) {
      if (systemCode(error) === "ENOENT") await part.requireThere();
      throw error;
    }
  }

  /** What can be told at once. Undefined unless the disk of the part is there, and it can be told at once that it is. */
  #now<Result>(path: FilePath, look: (disk: Disk, at: FilePath) => Result | undefined): Result | undefined {
    const part = this.#partOf(path);
    if (part === undefined) return look(this.#own, path);
    const seen = look(part.disk, inside(part, path));
    return seen !== undefined && isThereNow(part) ? seen : undefined;
  }

  #opened(disk: Disk, opening: Soon<OpenNumber>): Soon<OpenNumber> {
    if (disk === this.#own) return opening;
    return whenKnown(opening, (file) => {
      this.#files.set(file, disk);
      return file;
    });
  }

  #between(from: FilePath, to: FilePath, step: (disk: Disk, from: FilePath, to: FilePath) => Soon<void>): Soon<void> {
    const part = this.#partOf(from);
    if (part !== this.#partOf(to)) throw systemError("EXDEV", "the two names lie in two parts of the tree");
    if (part === undefined) return step(this.#own, from, to);
    return this.#within(part, (disk) => step(disk, inside(part, from), inside(part, to)));
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

function isUndefined(result: unknown): boolean {
  return result === undefined;
}

function isThereNow(part: KeptPart): boolean {
  const there = part.requireThere();
  if (!(there instanceof Promise)) return true;
  there.catch(() => undefined); // whoever looks again and waits is told
  return false;
}

function inside(part: KeptPart, path: FilePath): FilePath {
  return path.slice(part.prefix.length + 1) as FilePath; // the rest of a path is a path
}

function systemError(code: string, why: string): Error {
  return Object.assign(new Error(`${code}: ${why}`), { code });
}
