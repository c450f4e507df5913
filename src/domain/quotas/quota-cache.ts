import type { Database } from "#db/database.ts";
import { scopesOf } from "#db/quota-scopes.ts";
import { findQuotas } from "#db/quotas.ts";
import { findKnownUse, findOwnerId, type KnownUse } from "#db/repository-use.ts";
import { RecentMap } from "#lib/recent-map.ts";

const ENTRIES = 10_000;

/** What an upload to a repository must know before its first byte. */
export interface RepositoryQuota {
  /** Undefined while nothing was ever stored or seen there. */
  readonly known: KnownUse | undefined;
  /** The account whose quota counts: its owner, or who will be. */
  readonly ownerId: number | null;
  /** Whether any of its scopes has a hard limit. Without one there is nothing to reserve. */
  readonly isLimited: boolean;
}

/** Owners and quotas as this process last read them, thrown away whenever `access_version` has moved. */
export class QuotaCache {
  readonly #database: Database;
  readonly #entries = new RecentMap<string, RepositoryQuota>(ENTRIES);
  #version = -1;

  constructor(database: Database) {
    this.#database = database;
  }

  /** `madeBy` is the account that makes the repository, if it is not there yet. */
  async look(path: string, madeBy?: string): Promise<RepositoryQuota> {
    const pending = this.#database.accessVersion();
    const version = typeof pending === "number" ? pending : await pending; // no turn of the loop where none is needed
    if (version !== this.#version) {
      this.#entries.clear();
      this.#version = version;
    }
    const cached = this.#entries.get(path);
    if (cached !== undefined) return cached;

    const { read } = this.#database;
    const known = await findKnownUse(read, path);
    const ownerId = known === undefined ? await findOwnerId(read, { path, madeBy }) : known.ownerId;
    const quotas = await findQuotas(read, scopesOf({ path, ownerId }));
    const found = { known, ownerId, isLimited: quotas.some(({ hardBytes }) => hardBytes !== null) };
    // What was read while somebody moved the version on may be older than it; and a repository without a row gets one without a word.
    if (known !== undefined && this.#version === version) this.#entries.set(path, found);
    return found;
  }
}
