import type { FilePath } from "../file-path.ts";

/**
 * Publications under way, by path. Between the moment a name is there and the moment it is durable nobody may look at it: who
 * sees a sound file takes it for kept, and would tell a client so.
 */
export class Publications {
  readonly #underWay = new Map<FilePath, Promise<unknown>>();

  /** Whether something is under way at `path`. */
  has(path: FilePath): boolean {
    return this.#underWay.has(path);
  }

  /** Resolves when nothing is under way at `path`. */
  async settled(path: FilePath): Promise<void> {
    for (let other = this.#underWay.get(path); other !== undefined; other = this.#underWay.get(path)) await ended(other);
  }

  /** Runs `publish` when nothing else is under way at `path`. */
  async run<Result>(path: FilePath, publish: () => Promise<Result>): Promise<Result> {
    // Not by way of `settled`: between its end and the next line another could begin.
    for (let other = this.#underWay.get(path); other !== undefined; other = this.#underWay.get(path)) await ended(other);
    const own = publish();
    this.#underWay.set(path, own);
    try {
      return await own;
    } finally {
      this.#underWay.delete(path);
    }
  }
}

/** How it ended is its own caller's business. */
async function ended(other: Promise<unknown>): Promise<void> {
  await other.catch(() => undefined);
}
