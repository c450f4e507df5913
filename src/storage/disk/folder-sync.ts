import type { FilePath } from "../file-path.ts";
import { systemCode } from "../system-error.ts";
import type { Disk, OpenNumber } from "./disk.ts";

interface Turn {
  readonly current: Promise<void>;
  next: Promise<void> | undefined;
}

/** Makes files and names durable. A file system that cannot is told of once, and believed (spec/restic-rest.md section 1.5). */
export class FolderSync {
  readonly #disk: Disk;
  readonly #warn: (message: string) => void;
  readonly #turns = new Map<FilePath, Turn>();
  #warned = false;

  constructor(disk: Disk, warn: (message: string) => void) {
    this.#disk = disk;
    this.#warn = warn;
  }

  /** Resolves when the bytes of the open file are durable. */
  async syncFile(file: OpenNumber): Promise<void> {
    try {
      await this.#disk.syncFile(file);
    } catch (error) {
      this.#tolerate(error, UNSUPPORTED);
    }
  }

  /**
   * Resolves when every name that was made or removed in `folder` before this call is durable. Calls for one folder share a sync,
   * but never one that had begun before: it may have missed the name.
   */
  syncFolder(folder: FilePath): Promise<void> {
    const turn = this.#turns.get(folder);
    if (turn === undefined) return this.#start(folder);
    const start = () => this.#start(folder);
    turn.next ??= turn.current.then(start, start);
    return turn.next;
  }

  #start(folder: FilePath): Promise<void> {
    const turn: Turn = { current: this.#sync(folder), next: undefined };
    this.#turns.set(folder, turn);
    const forget = () => {
      if (turn.next === undefined) this.#turns.delete(folder);
    };
    turn.current.then(forget, forget);
    return turn.current;
  }

  async #sync(folder: FilePath): Promise<void> {
    try {
      await this.#disk.syncFolder(folder);
    } catch (error) {
      if (systemCode(error) === "ENOENT") return this.#tolerate(error, ABSENT); // somebody has taken the folder away
      this.#tolerate(error, UNSUPPORTED);
    }
  }

  #tolerate(error: unknown, codes: ReadonlySet<string>): void {
    const code = systemCode(error) ?? "";
    if (!codes.has(code)) throw error;
    if (this.#warned) return;
    this.#warned = true;
    this.#warn(`The file system does not sync everything (${code}): a loss of power may take the latest uploads with it`);
  }
}

const UNSUPPORTED: ReadonlySet<string> = new Set(["ENOTSUP", "EOPNOTSUPP", "EINVAL"]);
const ABSENT: ReadonlySet<string> = new Set(["ENOENT"]);
