import type { Database } from "#db/database.ts";
import { RecentMap } from "#lib/recent-map.ts";
import type { Actor } from "#model/actor.ts";
import type { Clock } from "#model/clock.ts";
import type { RepositoryPath } from "#model/repository.ts";

const ENTRIES = 10_000;

/** Which repositories this process has seen to have a row. Rows are never taken away, so knowing is for good; the folder may be gone all the same. */
export class KnownRepositories {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #known = new RecentMap<string, true>(ENTRIES);

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  has(path: RepositoryPath): boolean {
    return this.#known.get(path.text) === true;
  }

  /** Makes the repository's row if there is none. `found` for one that lay here before: then `by` has not made it, and `ownerName` says whose it is. */
  async remember(
    path: RepositoryPath,
    by: Actor,
    { found, ownerName }: { readonly found: boolean; readonly ownerName?: string | undefined },
  ): Promise<void> {
    if (this.has(path)) return;
    this.#known.set(path.text, true); // before the write: a hundred requests at once make one row, not a hundred tries
    try {
      await this.#database.write("rememberRepository", { path: path.text, home: "main", nowMs: this.#clock(), by, found, ownerName });
    } catch (error) {
      this.#known.delete(path.text);
      throw error;
    }
  }
}
