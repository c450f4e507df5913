import { findAccountByName } from "#db/accounts.ts";
import { findApiTokenByDigest } from "#db/api-tokens.ts";
import { findArchiveAccount } from "#db/archive-accounts.ts";
import { listArchiveHolds } from "#db/archive-holds.ts";
import { findCleanupOnly, listWindowsFor } from "#db/cleanup-windows.ts";
import { type FoundCredential, findCredentialByCertificate, findCredentialByLogin } from "#db/credentials.ts";
import type { Database } from "#db/database.ts";
import { listGrantsOf } from "#db/grants.ts";
import { listHoldsFor } from "#db/holds.ts";
import { listModes } from "#db/modes.ts";
import { RecentMap } from "#lib/recent-map.ts";
import type { Soon } from "#lib/soon.ts";
import type { Account, Grant } from "#model/account.ts";
import type { ApiToken } from "#model/api-token.ts";
import type { ArchiveAccount, ArchiveHold } from "#model/archive.ts";
import type { ModeSetting } from "#model/mode.ts";
import type { RemovalSettings } from "#model/removal.ts";

const ENTRIES = 10_000; // of each kind; one is a few hundred bytes

/** What is set for everybody. */
export interface Rules {
  readonly modes: readonly ModeSetting[];
}

/** What an account may do, and what is set for everybody. */
export interface Rights extends Rules {
  readonly grants: readonly Grant[];
}

/** How an account keeps archives, what of them must stay, and the rules for everybody. */
export interface ArchiveRules extends Rules {
  readonly account: ArchiveAccount;
  readonly holds: readonly ArchiveHold[];
}

/**
 * Accounts, credentials, grants and rules as this process last read them, all thrown away whenever `access_version` has moved, so that a
 * change made anywhere works with the next request. What is known comes back at once, without a turn of the loop: every request asks.
 */
export class AccessCache {
  readonly #database: Database;
  readonly #moved: (() => Promise<void>) | undefined;
  readonly #credentials = new RecentMap<string, FoundCredential>(ENTRIES);
  readonly #certificates = new RecentMap<string, FoundCredential>(ENTRIES);
  readonly #accounts = new RecentMap<string, Account>(ENTRIES);
  readonly #rights = new RecentMap<number, Rights>(ENTRIES);
  readonly #rules = new RecentMap<"all", Rules>(1);
  readonly #tokens = new RecentMap<string, ApiToken>(ENTRIES);
  readonly #removals = new RecentMap<string, RemovalSettings>(ENTRIES);
  readonly #archives = new RecentMap<number, ArchiveRules>(ENTRIES);
  #version = -1;

  /** `moved` is awaited whenever the version has moved, before anything that was read under the new one is given out. */
  constructor(database: Database, moved?: () => Promise<void>) {
    this.#database = database;
    this.#moved = moved;
  }

  /** The credential of that login and its account, disabled or not. Unknown logins are not remembered, so nobody can fill the cache with them. */
  credential(login: string): Soon<FoundCredential | undefined> {
    return this.#through(this.#credentials, login, () => findCredentialByLogin(this.#database.read, login));
  }

  /** Whether `found` is still what `credential` would give out for that login, as far as that is known at once. */
  isCurrent(login: string, found: FoundCredential): boolean {
    const version = this.#database.accessVersion();
    if (typeof version === "number") return version === this.#version && this.#credentials.get(login) === found;
    version.catch(() => undefined); // whoever asks next is told
    return false;
  }

  /** The credential that a certificate of that name signs in as, and its account, disabled or not. */
  certificate(name: string): Soon<FoundCredential | undefined> {
    return this.#through(this.#certificates, name, () => findCredentialByCertificate(this.#database.read, name));
  }

  account(name: string): Soon<Account | undefined> {
    return this.#through(this.#accounts, name, () => findAccountByName(this.#database.read, name));
  }

  /** What the account was granted, and the rules that hold meanwhile: one look at the version for both. */
  rightsOf(accountId: number): Soon<Rights> {
    return this.#through(this.#rights, accountId, async () => ({
      ...(await this.rules()),
      grants: await listGrantsOf(this.#database.read, accountId),
    }));
  }

  rules(): Soon<Rules> {
    return this.#through(this.#rules, "all", async () => ({ modes: await listModes(this.#database.read) }));
  }

  /** What has been set that decides about removals in the repository at `path`, `/a/b/`. */
  removalSettings(path: string): Soon<RemovalSettings> {
    return this.#through(this.#removals, path, async () => {
      const { read } = this.#database;
      const [holds, windows, marked] = [
        await listHoldsFor(read, path),
        await listWindowsFor(read, path),
        await findCleanupOnly(read, path),
      ];
      return { holds, windows, cleanupOnly: marked !== undefined };
    });
  }

  /** How the account keeps archives; undefined for one that keeps none. */
  archiveRules(accountId: number): Soon<ArchiveRules | undefined> {
    return this.#through(this.#archives, accountId, async () => {
      const account = await findArchiveAccount(this.#database.read, accountId);
      if (account === undefined) return undefined;
      return { ...(await this.rules()), account, holds: await listArchiveHolds(this.#database.read, accountId) };
    });
  }

  /** The API token with that digest of its secret, in force or not. */
  token(secretSha256: string): Soon<ApiToken | undefined> {
    return this.#through(this.#tokens, secretSha256, () => findApiTokenByDigest(this.#database.read, secretSha256));
  }

  #through<Key, Value>(map: RecentMap<Key, NonNullable<Value>>, key: Key, read: () => Promise<Value>): Soon<Value> {
    const version = this.#database.accessVersion();
    if (typeof version !== "number") return version.then((known) => this.#findOrRead(known, map, key, read));
    return this.#findOrRead(version, map, key, read);
  }

  #findOrRead<Key, Value>(version: number, map: RecentMap<Key, NonNullable<Value>>, key: Key, read: () => Promise<Value>): Soon<Value> {
    if (version !== this.#version) {
      if (this.#moved !== undefined) {
        return this.#moved().then(() => {
          this.#renew(version);
          return this.#findOrRead(version, map, key, read);
        });
      }
      this.#renew(version);
    }
    return map.get(key) ?? this.#read(version, map, key, read);
  }

  #renew(version: number): void {
    const people = [this.#credentials, this.#certificates, this.#accounts, this.#tokens];
    for (const known of [...people, this.#rights, this.#rules, this.#removals, this.#archives]) known.clear();
    this.#version = version;
  }

  async #read<Key, Value>(version: number, map: RecentMap<Key, NonNullable<Value>>, key: Key, read: () => Promise<Value>): Promise<Value> {
    const value = await read();
    // What was read while somebody moved the version on may be older than it.
    if (value !== undefined && value !== null && this.#version === version) map.set(key, value);
    return value;
  }
}
