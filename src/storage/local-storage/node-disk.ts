import * as fs from "node:fs";
import { opendir, stat } from "node:fs/promises";
import { RecentMap } from "#lib/recent-map.ts";
import type { RequestedRange } from "#model/byte-range.ts";
import type { Disk, DiskFacts, DiskSpace, FolderEntry, OpenNumber, Soon } from "../disk/disk.ts";
import type { FolderLook, NamedFile, ReadFile } from "../driver.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { systemCode } from "../system-error.ts";
import { keepsFolderTimes } from "./keeps-folder-times.ts";
import * as calls from "./later-calls.ts";
import { lockOfNames, type NameLock } from "./name-lock.ts";
import { QuickCalls } from "./quick-calls.ts";
import { orAbsent, readInOneGo } from "./read-in-one-go.ts";
import { diskFacts, diskSpace, kindOf } from "./stats-facts.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;

// Up to here a read or write from the page cache costs less than handing it to the thread pool: whose thread, on another processor, would
// leave the bytes in a cache that the one which sends them does not have.
const QUICK_BYTES = 64 * 1024;
const QUICK_READ_BYTES = 256 * 1024;
// So much comes out of the page cache in a twentieth of a millisecond, or off the disk in more than this.
const LARGE_READ_BOUNDS = { slowMs: 0.25, burstMs: 1 };
const NAMES_AT_ONCE = 512;
// Every upload asks, and meanwhile the fastest disk takes in no more than a part of the room that is kept free.
const SPACE_KNOWN_MS = 20;
const SPACES_KNOWN = 256;

/** The system's own calls, below `root`. Reads and changes are timed apart: a sync that keeps changes waiting need not slow readers. */
export class NodeDisk implements Disk {
  readonly #root: string;
  readonly #names: NameLock;
  readonly #looks: QuickCalls;
  readonly #changes: QuickCalls;
  readonly #largeReads: QuickCalls;
  readonly #spaces = new RecentMap<FilePath, { readonly space: DiskSpace; readonly atMs: number }>(SPACES_KNOWN);
  /** The device of the root, and whether the times of its folders tell of every change. */
  #rootTimes: { readonly device: bigint; readonly kept: boolean } | undefined;

  /** `root` is an absolute path; `quick` whether short calls may be made directly; `names` the lock of `lockOfNames(root)` by default. */
  constructor(root: string, { quick, names = lockOfNames(root) }: { readonly quick: boolean; readonly names?: NameLock }) {
    this.#root = root;
    this.#names = names;
    this.#looks = new QuickCalls({ allowed: quick });
    this.#changes = new QuickCalls({ allowed: quick });
    this.#largeReads = new QuickCalls({ allowed: quick, ...LARGE_READ_BOUNDS });
  }

  openToRead(path: FilePath): Soon<OpenNumber> {
    const at = this.#at(path);
    const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    return this.#looks.run(
      () => fs.openSync(at, flags),
      () => calls.open(at, flags),
    );
  }

  createFile(path: FilePath, mode: number): Soon<OpenNumber> {
    const at = this.#at(path);
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    return this.#changes.run(
      () => fs.openSync(at, flags, mode),
      () => calls.open(at, flags, mode),
    );
  }

  read(file: OpenNumber, bytes: Uint8Array, position: number): Soon<number> {
    const later = async () => (await calls.read(file, bytes, 0, bytes.length, position)).bytesRead;
    if (bytes.length > QUICK_READ_BYTES) return later();
    const kind = bytes.length > QUICK_BYTES ? this.#largeReads : this.#looks;
    return kind.run(() => fs.readSync(file, bytes, 0, bytes.length, position), later);
  }

  write(file: OpenNumber, bytes: Uint8Array, position: number): Soon<number> {
    const later = async () => (await calls.write(file, bytes, 0, bytes.length, position)).bytesWritten;
    return bytes.length > QUICK_BYTES ? later() : this.#changes.run(() => fs.writeSync(file, bytes, 0, bytes.length, position), later);
  }

  writesAtOnce(): boolean {
    return this.#changes.areDirect;
  }

  statOpen(file: OpenNumber): Soon<DiskFacts> {
    return this.#looks.run(
      () => diskFacts(fs.fstatSync(file, { bigint: true })),
      async () => diskFacts(await calls.fstat(file, { bigint: true })),
    );
  }

  readNow(path: FilePath, range: RequestedRange | undefined): ReadFile | "absent" | undefined {
    const isLarge = range !== undefined && "first" in range && range.last !== undefined && range.last - range.first >= QUICK_BYTES;
    if (isLarge) return undefined;
    return orAbsent(() => {
      const read = this.#looks.run(() => readInOneGo(this.#at(path), range, QUICK_BYTES), notNow);
      return read instanceof Promise ? undefined : read;
    });
  }

  sizeNow(path: FilePath): number | "absent" | undefined {
    return orAbsent(() => {
      const stats = this.#looks.run(() => fs.lstatSync(this.#at(path), { throwIfNoEntry: false }), notNow);
      if (stats === undefined) return "absent";
      return stats instanceof Promise || !stats.isFile() ? undefined : stats.size;
    });
  }

  setMode(file: OpenNumber, mode: number): Soon<void> {
    return this.#changes.run(
      () => fs.fchmodSync(file, mode),
      () => calls.fchmod(file, mode),
    );
  }

  async syncFile(file: OpenNumber): Promise<void> {
    await calls.fsync(file);
  }

  close(file: OpenNumber): Soon<void> {
    return this.#looks.run(
      () => fs.closeSync(file),
      () => calls.close(file),
    );
  }

  async stat(path: FilePath): Promise<DiskFacts | undefined> {
    const at = this.#at(path);
    try {
      const stats = await this.#looks.run(
        () => fs.lstatSync(at, { bigint: true, throwIfNoEntry: false }), // an error for every absent file would be the dearest part
        () => calls.lstat(at, { bigint: true }),
      );
      return stats && diskFacts(stats);
    } catch (error) {
      if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
      throw error;
    }
  }

  async measure(path: FilePath): Promise<Omit<NamedFile, "name"> | undefined> {
    const at = this.#at(path);
    try {
      const stats = await this.#looks.run(
        () => fs.lstatSync(at, { throwIfNoEntry: false }),
        () => calls.lstatInNumbers(at),
      );
      return stats?.isFile() === true ? { sizeBytes: stats.size, changedAtMs: stats.ctimeMs } : undefined;
    } catch (error) {
      if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
      throw error;
    }
  }

  async lookAtFolder(path: FilePath): Promise<FolderLook> {
    const at = this.#at(path);
    const seenAtMs = Date.now(); // the clock that sets the times of files here
    try {
      const stats = await this.#looks.run(
        () => fs.statSync(at, { bigint: true }),
        () => stat(at, { bigint: true }),
      );
      if (!stats.isDirectory()) return { kind: "other" };
      if (!(await this.#keepsTimes(at, stats.dev))) return { kind: "folder", mark: undefined };
      // Anybody may set the one time, as whoever copies a tree does; the other tells of that.
      const text = `${stats.dev}-${stats.ino}-${stats.mtimeNs}-${stats.ctimeNs}`;
      return { kind: "folder", mark: { text, changedAtMs: [Number(stats.mtimeMs), Number(stats.ctimeMs)], seenAtMs } };
    } catch (error) {
      if (systemCode(error) === "ENOTDIR") return { kind: "absent" };
      if (systemCode(error) !== "ENOENT") throw error;
      const there = await this.stat(path);
      if (there === undefined) return { kind: "absent" };
      if (there.kind === "folder") return { kind: "folder", mark: undefined }; // made just now
      throw error; // a link that leads nowhere: a disk that is not mounted, perhaps
    }
  }

  link(from: FilePath, to: FilePath): Soon<void> {
    return this.#changes.run(
      () => fs.linkSync(this.#at(from), this.#at(to)),
      () => calls.link(this.#at(from), this.#at(to)),
    );
  }

  rename(from: FilePath, to: FilePath): Soon<void> {
    return this.#changes.run(
      () => fs.renameSync(this.#at(from), this.#at(to)),
      () => calls.rename(this.#at(from), this.#at(to)),
    );
  }

  /** Directly, however slow, and while no other process of the hub does: so nobody comes between the look and the rename. */
  async renameToAbsent(from: FilePath, to: FilePath): Promise<void> {
    await this.#names.renameToAbsent(this.#at(from), this.#at(to));
  }

  unlink(path: FilePath): Soon<void> {
    const at = this.#at(path);
    return this.#changes.run(
      () => fs.unlinkSync(at),
      () => calls.unlink(at),
    );
  }

  makeFolder(path: FilePath, mode: number): Soon<void> {
    const at = this.#at(path);
    return this.#changes.run(
      () => void fs.mkdirSync(at, mode),
      () => calls.mkdir(at, mode),
    );
  }

  removeFolder(path: FilePath): Soon<void> {
    const at = this.#at(path);
    return this.#changes.run(
      () => fs.rmdirSync(at),
      () => calls.rmdir(at),
    );
  }

  async syncFolder(path: FilePath): Promise<void> {
    const at = this.#at(path);
    const flags = O_RDONLY | O_DIRECTORY;
    const folder = await this.#changes.run(
      () => fs.openSync(at, flags),
      () => calls.open(at, flags),
    );
    try {
      await calls.fsync(folder);
    } finally {
      await this.close(folder);
    }
  }

  leadsToFolder(path: FilePath): Soon<boolean> {
    return this.#looks.run(
      () => fs.statSync(this.#at(path)).isDirectory(),
      async () => (await stat(this.#at(path))).isDirectory(),
    );
  }

  async *readFolder(path: FilePath): AsyncGenerator<readonly FolderEntry[], void, undefined> {
    await using folder = await opendir(this.#at(path), { bufferSize: NAMES_AT_ONCE });
    for (;;) {
      const batch: FolderEntry[] = [];
      while (batch.length < NAMES_AT_ONCE) {
        const entry = await this.#looks.run(
          () => folder.readSync(),
          () => folder.read(),
        );
        if (entry === null) break;
        batch.push({ name: entry.name, kind: kindOf(entry) });
      }
      if (batch.length === 0) return;
      yield batch;
    }
  }

  space(path: FilePath): Soon<DiskSpace> {
    const known = this.#spaces.get(path);
    if (known !== undefined && performance.now() - known.atMs < SPACE_KNOWN_MS) return known.space;
    const at = this.#at(path);
    const keep = (stats: fs.StatsFs) => {
      const space = diskSpace(stats);
      this.#spaces.set(path, { space, atMs: performance.now() });
      return space;
    };
    return this.#looks.run(
      () => keep(fs.statfsSync(at)),
      async () => keep(await calls.statfs(at)),
    );
  }

  homeOf(): FilePath {
    return filePath();
  }

  homes(): readonly FilePath[] {
    return [filePath()];
  }

  /** Asked again for each folder that lies on another device than the root: what is mounted there may change. */
  async #keepsTimes(at: string, device: bigint): Promise<boolean> {
    if (this.#rootTimes?.device === device) return this.#rootTimes.kept;
    const { type } = await this.#looks.run(
      () => fs.statfsSync(at),
      () => calls.statfs(at),
    );
    const kept = keepsFolderTimes(type);
    this.#rootTimes ??= {
      device: (await stat(this.#root, { bigint: true })).dev,
      kept: keepsFolderTimes((await calls.statfs(this.#root)).type),
    };
    return kept;
  }

  #at(path: FilePath): string {
    return path === "" ? this.#root : `${this.#root}/${path}`;
  }
}

async function notNow(): Promise<undefined> {}
