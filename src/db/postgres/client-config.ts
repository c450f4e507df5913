import { type ClientConfig, type CustomTypesConfig, types } from "pg";
import type { Limits } from "#limits.ts";

/** How each connection to PostgreSQL is made: with a bound on every wait, and bigint as a number. What the URL says of these goes before. */
export function clientConfig(url: string, { databaseBusyMs, databaseWaitMs }: Limits): ClientConfig {
  return {
    connectionString: url,
    application_name: "holdfast",
    keepAlive: true,
    connectionTimeoutMillis: databaseBusyMs,
    lock_timeout: databaseBusyMs,
    statement_timeout: databaseWaitMs,
    idle_in_transaction_session_timeout: databaseWaitMs,
    // Later than the server's own bound: when this one is reached, the server or the way to it is gone.
    query_timeout: databaseWaitMs + databaseBusyMs,
    types: { getTypeParser: parserOf as CustomTypesConfig["getTypeParser"] }, // its overloads differ in the format alone
  };
}

function parserOf(oid: number, format: "text" | "binary" = "text"): (value: string) => unknown {
  if (oid === types.builtins.INT8 && format === "text") return parseInteger;
  return types.getTypeParser(oid, format as "text") as (value: string) => unknown; // pg types it by format; this one passes it on
}

/** PostgreSQL hands bigint back as text. As on SQLite, one that a number cannot hold is an error and never rounded. */
function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`The database holds ${text}, which is more than a number can`);
  return value;
}
