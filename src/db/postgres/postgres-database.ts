import { setTimeout as sleep } from "node:timers/promises";
import { CamelCasePlugin, Kysely, PostgresDialect } from "kysely";
import type { Limits } from "#limits.ts";
import { HubError } from "#model/hub-error.ts";
import { findAccessVersion } from "../access-version.ts";
import type { Database } from "../database.ts";
import { LISTS, type ListInput, type ListName, type ListResult } from "../lists.ts";
import { isMigrated, migrate } from "../migrations/migrate.ts";
import { findOperationChange } from "../operations.ts";
import type { ReadConnection, Tables } from "../tables.ts";
import { WRITES, type WriteInput, type WriteName, type WriteResult } from "../writes.ts";
import { AccessWatch } from "./access-watch.ts";
import { CheckedPool } from "./checked-pool.ts";
import { watchOperations } from "./operation-watch.ts";
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
  const watchTimeline = (told: () => void) => watchOperations({ url, limits, readChange: () => findOperationChange(db) }, told);
  return new PostgresDatabase(db, { watch, watchOperations: watchTimeline }, stack.move());
}

const ATTEMPTS = 5;
const PAUSE_MS = 10;

class PostgresDatabase implements Database {
  readonly engine = "postgres";
  readonly read: ReadConnection;
  readonly #db: Kysely<Tables>;
  readonly #watch: AccessWatch;
  readonly #owned: AsyncDisposableStack;
  readonly watchOperations: Database["watchOperations"];
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  constructor(
    db: Kysely<Tables>,
    { watch, watchOperations }: { readonly watch: AccessWatch } & Pick<Database, "watchOperations">,
    owned: AsyncDisposableStack,
  ) {
    this.read = db;
    this.#db = db;
    this.#watch = watch;
    this.watchOperations = watchOperations;
    this.#owned = owned;
  }

  async write<Name extends WriteName>(name: Name, input: WriteInput<Name>): Promise<WriteResult<Name>> {
    return (await this.#keepOpenFor(() => this.#write(name, input))) as WriteResult<Name>; // it runs the write of that name
  }

  async list<Name extends ListName>(name: Name, input: ListInput<Name>): Promise<ListResult<Name>> {
    return (await this.#keepOpenFor<unknown>(() => LISTS[name](this.#db, input as never))) as ListResult<Name>; // the types say that they belong together
  }

  accessVersion(): number | Promise<number> {
    return this.#watch.current();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#underWay); // each has its deadlines
    await this.#owned.disposeAsync();
  }

  async #write<Name extends WriteName>(name: Name, input: WriteInput<Name>): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#db.transaction().execute<unknown>((tx) => WRITES[name](tx, input as never)); // the types say that they belong together
      } catch (error) {
        if (attempt === ATTEMPTS || !isWorthRepeating(error)) throw error;
        await sleep(PAUSE_MS * attempt);
      } finally {
        this.#watch.expire(); // our own change shows with the next look, before its notice has arrived
      }
    }
  }

  /** A pool that is being closed gives no connection to those who already wait for one. */
  async #keepOpenFor<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new HubError("unavailable", "The database is closed");
    const running = work();
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }
}
