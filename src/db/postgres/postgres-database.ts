import { setTimeout as sleep } from "node:timers/promises";
import { CamelCasePlugin, Kysely, PostgresDialect } from "kysely";
import type { Limits } from "#limits.ts";
import { findAccessVersion } from "../access-version.ts";
import type { Database } from "../database.ts";
import { type ListInput, type ListName, type ListResult, LISTS } from "../lists.ts";
import { isMigrated, migrate } from "../migrations/migrate.ts";
import type { ReadConnection, Tables } from "../tables.ts";
import { type WriteInput, type WriteName, type WriteResult, WRITES } from "../writes.ts";
import { AccessWatch } from "./access-watch.ts";
import { CheckedPool } from "./checked-pool.ts";
import { isWorthRepeating } from "./postgres-error.ts";

/** `openDatabase` for a server. */
export async function openPostgresDatabase({ url, limits }: { readonly url: string; readonly limits: Limits }): Promise<Database> {
  await using stack = new AsyncDisposableStack();
  const pool = new CheckedPool(url, limits);
  stack.defer(() => pool.end());
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] });
  if (!(await isMigrated(db, "postgres"))) await migrate(db, "postgres");
  const watch = new AccessWatch(url, limits, () => findAccessVersion(db));
  stack.defer(() => watch.close());
  return new PostgresDatabase(db, watch, stack.move());
}

const ATTEMPTS = 5;
const PAUSE_MS = 10;

class PostgresDatabase implements Database {
  readonly engine = "postgres";
  readonly read: ReadConnection;
  readonly #db: Kysely<Tables>;
  readonly #watch: AccessWatch;
  readonly #owned: AsyncDisposableStack;

  constructor(db: Kysely<Tables>, watch: AccessWatch, owned: AsyncDisposableStack) {
    this.read = db;
    this.#db = db;
    this.#watch = watch;
    this.#owned = owned;
  }

  async write<Name extends WriteName>(name: Name, input: WriteInput<Name>): Promise<WriteResult<Name>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // The caller's types say that name, input and result belong together.
        const result: unknown = await this.#db.transaction().execute<unknown>((tx) => WRITES[name](tx, input as never));
        return result as WriteResult<Name>;
      } catch (error) {
        if (attempt === ATTEMPTS || !isWorthRepeating(error)) throw error;
        await sleep(PAUSE_MS * attempt);
      } finally {
        this.#watch.expire(); // our own change shows with the next look, before its notice has arrived
      }
    }
  }

  async list<Name extends ListName>(name: Name, input: ListInput<Name>): Promise<ListResult<Name>> {
    return (await LISTS[name](this.#db, input as never)) as ListResult<Name>; // the caller's types say that they belong together
  }

  accessVersion(): number | Promise<number> {
    return this.#watch.current();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
