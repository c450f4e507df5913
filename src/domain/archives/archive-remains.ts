import { below, type FilePath } from "#storage/file-path.ts";
import type { Core } from "../core.ts";
import { sidecarPath } from "./open-archives.ts";

/** An upload that did not arrive. */
export interface Remains {
  readonly id: number;
  readonly folder: FilePath;
  readonly storedName: string;
  /** In whose hands it is. */
  readonly process: string;
  /** Whether its file may have got to its place; what lies there otherwise is not its own. */
  readonly hasFile: boolean;
}

/** Remains, and how far they have been taken away. */
interface Kept extends Remains {
  by?: string;
  isErased?: boolean;
}

const AGAIN_MS = 10_000;
const MOST = 10_000;

/**
 * Takes away what uploads that did not arrive have left: first out of the hands of whoever might still complete it, then its file, and last
 * the fact, which keeps the file's name from others until then. What fails is tried again until it is done or this process ends; then
 * whoever finds it nobody's sees to it.
 */
export class ArchiveRemains implements AsyncDisposable {
  readonly #core: () => Core;
  readonly #failed = new Map<number, Kept>();
  #timer: NodeJS.Timeout | undefined;
  #trying: Promise<void> | undefined;

  /** `core` is asked for when something is to be done: this is a part of it. */
  constructor(core: () => Core) {
    this.#core = core;
  }

  /** Resolves when that is done, or put off. Never rejects. */
  async takeAway(what: Remains): Promise<void> {
    const remains: Kept = this.#failed.get(what.id) ?? { ...what };
    try {
      await this.#takeAway(remains);
      this.#failed.delete(remains.id);
    } catch (error) {
      const { log } = this.#core();
      log.warn("what an upload left could not be taken away yet", { archive: remains.id, error });
      if (this.#failed.size < MOST) this.#failed.set(remains.id, remains);
      this.#timer ??= setInterval(() => void this.#again(), AGAIN_MS).unref();
    }
  }

  /** Tries once more what is still to be done. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#again();
  }

  #again(): Promise<void> {
    this.#trying ??= this.#tryAll().finally(() => {
      this.#trying = undefined;
    });
    return this.#trying;
  }

  async #tryAll(): Promise<void> {
    for (const remains of [...this.#failed.values()]) await this.takeAway(remains);
  }

  async #takeAway(remains: Kept): Promise<void> {
    const core = this.#core();
    const { id, folder, storedName, process, hasFile } = remains;
    remains.by ??= core.quotas.process;
    // Asked anew each time. False: it is there all the same, because only the answer to its completion was lost; or it is in other hands, or
    // gone, and what lies in its place by now is another's.
    if (!(await core.database.write("takeBackArchive", { id, process, by: remains.by }))) return;
    if (remains.isErased !== true) {
      const signal = new AbortController().signal;
      if (hasFile) await core.storage.erase(below(folder, storedName), signal);
      await core.storage.erase(sidecarPath(folder, id), signal);
      remains.isErased = true;
    }
    await core.database.write("abandonArchive", { id, by: remains.by });
  }
}
