import { createHash } from "node:crypto";
import { RecentMap } from "#lib/recent-map.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { saysAbsent, systemCode } from "../system-error.ts";
import type { Disk } from "./disk.ts";
import { writeWhole } from "./temp-file.ts";

const FOLDER = filePath(".hub-unsynced");
const REMEMBERED = 65_536;
// No system takes a longer one.
const LONGEST_PATH_BYTES = 4096;

/**
 * The files that could not be made durable where they lie, since then not replaced: what they show may be in memory alone. The system tells
 * of it once, so each has a mark on the disk, which every process sees and no restart takes away. The mark need not be synced: the
 * loss of power that takes it takes the memory too, and then the file shows what the disk has. One that outlives its file goes with the
 * next upload there, or with a sweep: it holds the path that it is about. A name torn by a crash tells nothing, and stays until that upload.
 */
export class UnsyncedFiles {
  readonly #disk: Disk;
  readonly #warn: (message: string) => void;
  /** Those that have no mark yet, or cannot have one, on a disk that has turned read-only: other processes do not know of these. */
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
      await this.#makeMark(path);
      this.#known.delete(path); // whoever takes the mark away, in whichever process, takes the doubt away
    } catch (error) {
      this.#warn(`${path} could not be synced, and no mark can say so (${error instanceof Error ? error.message : error})`);
    }
  }

  /** To be called when bytes that are durable have taken its place. Never rejects. */
  async delete(path: FilePath): Promise<void> {
    this.#known.delete(path);
    if (!(await this.#mayHaveMark(path))) return; // there is hardly ever one
    try {
      await this.#disk.unlink(markOf(path));
    } catch (error) {
      if (!saysAbsent(error)) this.#warn(`A mark was left in ${FOLDER}: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** The paths of all marks that tell theirs. */
  async *paths(): AsyncGenerator<FilePath, void, undefined> {
    try {
      for await (const entries of this.#disk.readFolder(FOLDER)) {
        for (const { name, kind } of entries) {
          const path = kind === "file" ? await this.#pathOf(name) : undefined;
          if (path !== undefined) yield path;
        }
      }
    } catch (error) {
      if (!saysAbsent(error)) throw error;
    }
  }

  async #mayHaveMark(path: FilePath): Promise<boolean> {
    try {
      return (await this.#disk.stat(markOf(path))) !== undefined;
    } catch {
      return false; // it stays if there is one, which only has the next upload written anew
    }
  }

  /** Undefined for a mark that does not say, or is gone by now. */
  async #pathOf(name: string): Promise<FilePath | undefined> {
    const bytes = Buffer.alloc(LONGEST_PATH_BYTES);
    let length = 0;
    try {
      const file = await this.#disk.openToRead(filePath(FOLDER, name));
      try {
        length = await this.#disk.read(file, bytes, 0);
      } finally {
        await this.#disk.close(file);
      }
    } catch (error) {
      if (saysAbsent(error)) return undefined;
      throw error;
    }
    const text = bytes.toString("utf8", 0, length);
    return createHash("sha256").update(text).digest("hex") === name ? filePath(...text.split("/")) : undefined;
  }

  async #makeMark(path: FilePath): Promise<void> {
    try {
      const file = await this.#disk.createFile(markOf(path), 0o600);
      try {
        await writeWhole(this.#disk, file, Buffer.from(path), 0);
      } catch (error) {
        this.#warn(`A mark in ${FOLDER} does not say that it is about ${path} (${error instanceof Error ? error.message : error})`);
      } finally {
        await this.#disk.close(file);
      }
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
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
