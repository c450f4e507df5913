import { closeSync, existsSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { HubError } from "#model/hub-error.ts";
import { isMigrated, migrate } from "../migrations/migrate.ts";
import { openConnection } from "./open-connection.ts";
import { asRefusal } from "./sqlite-error.ts";

/** Makes the file if there is none, readable by its owner alone, and brings its schema up to date. */
export async function migrateFile(file: string, busyMs: number): Promise<void> {
  if (!existsSync(file)) makeFile(file);
  using connection = openConnection({ file, busyMs, use: "write" });
  if (await isMigrated(connection.db, "sqlite")) return;
  await useWriteAheadLog(connection.handle, busyMs);
  await migrate(connection.db, "sqlite");
}

/** SQLite itself would make it readable by everyone, and the log beside it takes its mode from it. */
function makeFile(file: string): void {
  try {
    closeSync(openSync(file, "a", 0o600));
  } catch (cause) {
    throw new HubError("unavailable", "The database file cannot be made", { cause });
  }
}

const RETRY_MS = 10;

/** The mode is kept in the file. Changing it needs the file alone, and SQLite does not wait for that by itself. */
async function useWriteAheadLog(handle: DatabaseSync, busyMs: number): Promise<void> {
  const deadlineMs = performance.now() + busyMs;
  for (;;) {
    try {
      handle.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      const refusal = asRefusal(error);
      if (!(refusal instanceof HubError) || refusal.code !== "unavailable" || performance.now() > deadlineMs) throw refusal;
      await sleep(RETRY_MS);
    }
  }
}
