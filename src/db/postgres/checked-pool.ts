import type { PostgresPool, PostgresPoolClient } from "kysely";
import { Pool, type PoolClient, type QueryResult } from "pg";
import type { Limits } from "#limits.ts";
import { HubError } from "#model/hub-error.ts";
import { checkParameters } from "../check-parameters.ts";
import { clientConfig } from "./client-config.ts";
import { asRefusal, leavesConnectionUsable } from "./postgres-error.ts";

/** The connections that Kysely works over: errors come as refusals, what waits is bounded, and a broken connection is never used again. */
export class CheckedPool implements PostgresPool {
  readonly #pool: Pool;
  readonly #waitingAtMost: number;

  constructor(url: string, limits: Limits) {
    this.#pool = new Pool({ ...clientConfig(url, limits), max: limits.postgresConnections, allowExitOnIdle: true });
    this.#waitingAtMost = limits.databaseQueue;
    this.#pool.on("error", () => {}); // an idle connection that breaks is taken out of the pool; without a listener it would end the process
  }

  async connect(): Promise<PostgresPoolClient> {
    if (this.#pool.waitingCount >= this.#waitingAtMost) throw new HubError("overloaded", "Too many calls wait for the database");
    if (this.#pool.ending) throw new HubError("unavailable", "The database is closed");
    try {
      return new CheckedClient(await this.#pool.connect());
    } catch (error) {
      throw asRefusal(error);
    }
  }

  async end(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }
}

class CheckedClient implements PostgresPoolClient {
  readonly #client: PoolClient;
  #broken: unknown;

  constructor(client: PoolClient) {
    this.#client = client;
    client.on("error", this.#keepError);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the row types of Kysely's interface, which it fills in itself
  query(sql: string, parameters: readonly unknown[]): Promise<any>;
  query(cursor: never): never;
  async query(sql: string, parameters: readonly unknown[] = []): Promise<QueryResult> {
    checkParameters(parameters);
    if (this.#broken !== undefined) throw this.#broken; // the first error says why, also to the rollback that follows it
    try {
      return await this.#client.query(sql, [...parameters]);
    } catch (error) {
      const refusal = sql === "commit" && !leavesConnectionUsable(error) ? lostCommit(error) : asRefusal(error);
      if (!leavesConnectionUsable(error)) this.#broken = refusal;
      throw refusal;
    }
  }

  release(): void {
    this.#client.off("error", this.#keepError);
    this.#client.release(this.#broken !== undefined);
  }

  readonly #keepError = (error: Error): void => {
    this.#broken ??= asRefusal(error);
  };
}

/** Nobody can tell whether the commit came through. */
function lostCommit(cause: unknown): HubError {
  return new HubError("unavailable", "PostgreSQL went away; it may have been saved", { cause });
}
