import { createHash } from "node:crypto";
import { RecentMap } from "#lib/recent-map.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { saysAbsent, systemCode } from "../system-error.ts";
import type { Disk } from "./disk.ts";

const FOLDER = filePath(".hub-unsynced");
const REMEMBERED = 65_536;

/**
 * The files that could not be made durable where they lie, since then not replaced: what they show may be in memory alone. The system tells
 * of it once, so each has a mark on the disk, which every process sees and no restart takes away. The mark need not be synced: the
 * loss of power that takes it takes the memory too, and then the file shows what the disk has. One that outlives its file only
 * has the next upload written anew.
 */
export class UnsyncedFiles {
  readonly #disk: Disk;
  readonly #warn: (message: string) => void;
  /** Those whose mark is not made yet, or could not be, on a disk that has turned read-only: other processes do not know of these. */
  readonly #known = new RecentMap<FilePath, true>(REMEMBERED);

  constructor(disk: Disk, warn: (message: string) => void) {
    this.#disk = disk;
    this.#warn = warn;
  }

  async has(path: FilePath): Promise<boolean> {
    return this.#known.get(path) === true || (await this.#disk.stat(markOf(path))) !== undefined;
  }

  /** To be waited for before anybody is told. Never rejects. */
  async add(path: FilePath): Promise<void> {
    this.#known.set(path, true);
    try {
      await this.#makeFolder();
      await this.#disk.close(await this.#disk.createFile(markOf(path), 0o600));
    } catch (error) {
      if (systemCode(error) !== "EEXIST") {
        this.#warn(`${path} could not be synced, and no mark can say so (${error instanceof Error ? error.message : error})`);
        return;
      }
    }
    this.#known.delete(path); // the mark tells, and whoever writes the file anew takes it away, in whichever process
  }

  /** To be called when bytes that are durable have taken its place. Never rejects. */
  async delete(path: FilePath): Promise<void> {
    this.#known.delete(path);
    try {
      await this.#disk.unlink(markOf(path));
    } catch (error) {
      if (!saysAbsent(error)) this.#warn(`A mark was left in ${FOLDER}: ${error instanceof Error ? error.message : error}`);
    }
  }

  async #makeFolder(): Promise<void> {
    try {
      await this.#disk.makeFolder(FOLDER, 0o700);
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
  }
}

/** In one folder at the top, whose disk may be sound where that of an adopted part is not. */
function markOf(path: FilePath): FilePath {
  return filePath(FOLDER, createHash("sha256").update(path).digest("hex"));
}
