import { findAccountByName } from "#db/accounts.ts";
import { findCleanupOnly, listWindowsFor } from "#db/cleanup-windows.ts";
import { findCredentialByLogin } from "#db/credentials.ts";
import type { Database } from "#db/database.ts";
import { listGrantsOf } from "#db/grants.ts";
import { listHoldsFor } from "#db/holds.ts";
import { RecentMap } from "#lib/recent-map.ts";
import type { Account, Credential, Grant } from "#model/account.ts";
import type { RemovalSettings } from "#model/removal.ts";

const ENTRIES = 10_000; // of each kind; one is a few hundred bytes

/**
 * Accounts, credentials and grants as this process last read them, all thrown away whenever `access_version` has moved, so that a
 * change made anywhere works with the next request.
 */
export class AccessCache {
  readonly #database: Database;
  readonly #credentials = new RecentMap<string, { credential: Credential; account: Account }>(ENTRIES);
  readonly #accounts = new RecentMap<string, Account>(ENTRIES);
  readonly #grants = new RecentMap<number, readonly Grant[]>(ENTRIES);
  readonly #removals = new RecentMap<string, RemovalSettings>(ENTRIES);
  #version = -1;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The credential of that login and its account, disabled or not. Unknown logins are not remembered, so nobody can fill the cache with them. */
  async credential(login: string): Promise<{ credential: Credential; account: Account } | undefined> {
    return await this.#through(this.#credentials, login, () => findCredentialByLogin(this.#database.read, login));
  }

  async account(name: string): Promise<Account | undefined> {
    return await this.#through(this.#accounts, name, () => findAccountByName(this.#database.read, name));
  }

  async grantsOf(accountId: number): Promise<readonly Grant[]> {
    return (await this.#through(this.#grants, accountId, () => listGrantsOf(this.#database.read, accountId))) ?? [];
  }

  /** What has been set that decides about removals in the repository at `path`, `/a/b/`. */
  async removalSettings(path: string): Promise<RemovalSettings> {
    const settings = await this.#through(this.#removals, path, async () => {
      const { read } = this.#database;
      const [holds, windows, marked] = [
        await listHoldsFor(read, path),
        await listWindowsFor(read, path),
        await findCleanupOnly(read, path),
      ];
      return { holds, windows, cleanupOnly: marked !== undefined };
    });
    return settings ?? { holds: [], windows: [], cleanupOnly: true }; // never: what is read is always something
  }

  async #through<Key, Value>(map: RecentMap<Key, Value>, key: Key, read: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const pending = this.#database.accessVersion();
    const version = typeof pending === "number" ? pending : await pending; // no turn of the loop where none is needed
    if (version !== this.#version) {
      this.#credentials.clear();
      this.#accounts.clear();
      this.#grants.clear();
      this.#removals.clear();
      this.#version = version;
    }
    const known = map.get(key);
    if (known !== undefined) return known;

    const value = await read();
    // What was read while somebody moved the version on may be older than it.
    if (value !== undefined && this.#version === version) map.set(key, value);
    return value;
  }
}
