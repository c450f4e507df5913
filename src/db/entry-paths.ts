import { type EntryPath, overlaps } from "#model/entry-path.ts";
import { HubError } from "#model/hub-error.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import { shown } from "./shown.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

// An operator adopts trees by hand; each is looked through with every path.
const MOST_PATHS = 64;

export type EntryPathChange = SettingsChange & EntryPath & { readonly entry: string };

/**
 * Keeps a part of the entry in that folder. False when it is kept there already. Throws `already_exists` when the part or the folder
 * overlaps with one that is kept elsewhere.
 */
export async function addEntryPath(tx: WriteTransaction, change: EntryPathChange): Promise<boolean> {
  const { entry, prefix, folder, mount, nowMs } = change;
  await raiseAccessVersion(tx, nowMs); // first: who else adds one waits here, and then sees this one
  const paths = await listEntryPaths(tx, entry);
  if (paths.some((path) => path.prefix === prefix && path.folder === folder)) return false;
  const other = paths.find((path) => overlaps(path.prefix, prefix) || overlaps(path.folder, folder));
  if (other !== undefined) throw new HubError("already_exists", `/${shown(other.prefix)}/ is kept elsewhere already and overlaps`);
  if (paths.length >= MOST_PATHS) throw new HubError("invalid_input", `An entry has at most ${MOST_PATHS} parts that lie elsewhere`);
  await tx
    .insertInto("entryPath")
    .values({ entry, prefix, folder, mount: mount ?? null, createdAtMs: nowMs })
    .execute();
  await recordSettingsChange(tx, change, { summary: `/${prefix}/ is kept in ${folder}`, details: { entry, prefix, folder } });
  return true;
}

/** Looks for that part of the entry in the entry itself again; no file is touched. False when it is kept nowhere else. */
export async function removeEntryPath(
  tx: WriteTransaction,
  change: SettingsChange & { readonly entry: string; readonly prefix: string },
): Promise<boolean> {
  const { entry, prefix, nowMs } = change;
  const removed = await tx
    .deleteFrom("entryPath")
    .where("entry", "=", entry)
    .where("prefix", "=", prefix)
    .returning("folder")
    .executeTakeFirst();
  if (removed === undefined) return false;
  const { folder } = removed;
  await recordSettingsChange(tx, change, { summary: `/${prefix}/ is no longer kept in ${folder}`, details: { entry, prefix, folder } });
  await raiseAccessVersion(tx, nowMs);
  return true;
}

/** Every part of the entry that lies elsewhere, by its prefix. */
export async function listEntryPaths(db: ReadConnection, entry: string): Promise<readonly EntryPath[]> {
  const rows = await db
    .selectFrom("entryPath")
    .select(["prefix", "folder", "mount"])
    .where("entry", "=", entry)
    .orderBy("prefix")
    .execute();
  return rows.map(({ prefix, folder, mount }) => ({ prefix, folder, mount: mount ?? undefined }));
}
