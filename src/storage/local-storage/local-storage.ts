import { mkdir, open, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { EntryPath } from "#model/entry-path.ts";
import { DiskDriver } from "../disk/disk-driver.ts";
import type { DiskOptions } from "../disk/disk-parts.ts";
import { JoinedDisk } from "../disk/joined-disk.ts";
import type { StorageHealth } from "../driver.ts";
import { isRemote } from "./is-remote.ts";
import { KeptFolder } from "./kept-folder.ts";
import { lockOfNames, type NameLock } from "./name-lock.ts";
import { NodeDisk } from "./node-disk.ts";

export interface LocalStorageOptions extends DiskOptions {
  /** Folder that holds everything but `paths`. */
  readonly root: string;
  /** Parts of the tree that lie in folders elsewhere. Nothing outside these and the root is touched. */
  readonly paths?: readonly EntryPath[];
}

/** Files in folders of this machine, laid out as their paths say: without the hub they are still what they were. */
export class LocalStorage extends DiskDriver {
  readonly #root: string;
  readonly #disk: JoinedDisk;
  readonly #names: NameLock;
  readonly #warn: (message: string) => void;
  readonly #folderMode: number;
  #kept: readonly KeptFolder[] = [];

  private constructor(root: string, { disk, names }: { disk: JoinedDisk; names: NameLock }, options: LocalStorageOptions) {
    super(disk, options);
    this.#names = names;
    this.#root = root;
    this.#disk = disk;
    this.#warn = options.warn;
    this.#folderMode = options.folderMode ?? 0o700;
  }

  /**
   * Makes the root where it is missing, and opens it. Throws the system's error when it cannot be made or is no folder. A folder of
   * `paths` that is missing is told of, and its part is `unavailable`.
   */
  static async open(options: LocalStorageOptions): Promise<LocalStorage> {
    const root = resolve(options.root);
    const firstMade = await mkdir(root, { recursive: true, mode: options.folderMode ?? 0o700 });
    if (firstMade !== undefined) await syncDownTo(dirname(firstMade), root);
    const { type } = await statfs(root);
    const names = lockOfNames(root);
    const disk = new JoinedDisk(new NodeDisk(root, { quick: !isRemote(type), names }));
    const storage = new LocalStorage(root, { disk, names }, options);
    await storage.keepElsewhere(options.paths ?? []);
    return storage;
  }

  /**
   * From now on these parts of the tree lie elsewhere, and no others; false when that is so already. What is under way in a part that
   * moves fails, and its client asks again.
   */
  async keepElsewhere(paths: readonly EntryPath[]): Promise<boolean> {
    const before = this.#kept;
    const kept = paths.map(
      (path) => before.find((one) => isSame(one.path, path)) ?? new KeptFolder(path, { warn: this.#warn, names: this.#names }),
    );
    if (kept.length === before.length && kept.every((one, index) => one === before[index])) return false;
    for (const { prefix } of kept) await mkdir(join(this.#root, dirname(prefix)), { recursive: true, mode: this.#folderMode });
    this.#kept = kept;
    this.#disk.setParts(kept);
    this.forgetFolders();
    for (const one of kept) if (!before.includes(one)) await one.findTrouble(); // which tells of itself
    return true;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#names[Symbol.dispose]();
    await super[Symbol.asyncDispose]();
  }

  /** Writes its probe to the root alone: a folder elsewhere may be another server's still, and is only looked at. */
  override async check(signal: AbortSignal): Promise<StorageHealth> {
    const health = await super.check(signal);
    for (const one of this.#kept) {
      const problem = await one.findTrouble();
      if (problem !== undefined) return { ...health, writable: false, problem };
    }
    return health;
  }
}

function isSame(one: EntryPath, other: EntryPath): boolean {
  return one.prefix === other.prefix && one.folder === other.folder && one.mount === other.mount;
}

/** Makes the new folders between `top` and `root` durable, names first in `top`. */
async function syncDownTo(top: string, root: string): Promise<void> {
  for (let folder = dirname(root); ; folder = dirname(folder)) {
    await using handle = await open(folder, "r");
    await handle.sync().catch(() => undefined); // where folders cannot be synced the first upload says so
    if (folder === top || folder === dirname(folder)) return;
  }
}
