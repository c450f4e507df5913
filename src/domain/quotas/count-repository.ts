import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { findKnownUse } from "#db/repository-use.ts";
import { HubError } from "#model/hub-error.ts";
import type { CountedType } from "#model/quota.ts";
import { parseObjectId, type RepositoryPath } from "#model/repository.ts";
import { below, type FilePath, filePath } from "#storage/file-path.ts";
import type { Core } from "../core.ts";
import type { Tally } from "./tally.ts";

/** For other processes to learn of a count before it looks at anything: what they know may be a second old, and they look twice in one. */
const GRACE_MS = 2500;

/** Folders that were changed so shortly before a count may be changed again without their time moving. */
const SETTLED_MS = 2000;

export interface CountOptions {
  /** Rests as long as it works, so that a count costs at most half of what the disk can do. */
  readonly gently: boolean;
}

/**
 * Counts what lies in a repository and puts the counters right; uploads and removals go on meanwhile. One whose folders have not changed
 * since they were counted is only looked at. `busy`: another count of it runs. Throws `damaged` when a folder cannot be read: then the
 * counters stay as they were, but in a first count, which leaves out what cannot be read.
 */
export async function countRepository(
  core: Core,
  path: RepositoryPath,
  { gently }: CountOptions,
  signal: AbortSignal,
): Promise<"counted" | "unchanged" | "busy"> {
  const { database, quotas, clock } = core;
  const claim = { path: path.text, process: quotas.process };
  const claimed = await database.write("claimRecount", { ...claim, nowMs: clock() });
  if (claimed === false) return "busy";
  let tally: Tally | undefined;
  try {
    if (!claimed.alone) await sleep(GRACE_MS, undefined, { signal });
    const folders = foldersOf(path);
    const startedAtMs = clock();
    const mark = await markOf(core, folders, signal);
    const known = await findKnownUse(database.read, path.text);
    if (mark !== undefined && known?.folderMark === mark.text && known.countedAtMs !== undefined) {
      await database.write("confirmCount", { ...claim, nowMs: clock() });
      return "unchanged";
    }
    tally = await quotas.beginRecount(path.text);
    if (tally === undefined) return "busy"; // the last one still waits to be written down, and keeps its claim
    const wasCounted = known?.countedAtMs !== undefined;
    const newestSnapshotAtMs = await countFolders(core, tally, { folders, gently, wasCounted }, signal);
    const folderMark = mark !== undefined && Math.abs(startedAtMs - mark.newestAtMs) > SETTLED_MS ? mark.text : undefined;
    tally.endRecount({ newestSnapshotAtMs, folderMark });
  } catch (error) {
    tally?.endRecount(undefined);
    await database.write("dropRecount", claim);
    throw error;
  }
  await quotas.flush();
  return "counted";
}

interface CountedFolder {
  readonly key: string;
  readonly type: CountedType;
  readonly path: FilePath;
}

/** Every folder that objects lie in. `config` lies alone; it is counted like a folder of one. */
function foldersOf(path: RepositoryPath): readonly CountedFolder[] {
  const root = filePath("restic", ...path.segments);
  const packs = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, "0"));
  return [
    { key: "config", type: "config", path: below(root, "config") },
    ...(["keys", "locks", "snapshots", "index"] as const).map((type) => ({ key: type, type, path: below(root, type) })),
    ...packs.map((digits) => ({ key: `data/${digits}`, type: "data" as const, path: below(root, "data", digits) })),
  ];
}

/** Counts folder after folder. Resolves to when the newest snapshot was written. */
async function countFolders(
  core: Core,
  tally: Tally,
  { folders, gently, wasCounted }: CountOptions & { readonly folders: readonly CountedFolder[]; readonly wasCounted: boolean },
  signal: AbortSignal,
): Promise<number | undefined> {
  let newestSnapshotAtMs: number | undefined;
  for (const { key, type, path } of folders) {
    const startedAtMs = performance.now();
    const recount = tally.recount;
    if (recount === undefined) throw new HubError("unavailable", "The count was ended by another process");
    recount.begin(key, type);
    if (type === "config") {
      const there = await core.storage.stat(path, signal);
      if (there.kind === "file") recount.see("config", there.sizeBytes);
    } else {
      for await (const item of core.storage.list(path, signal)) {
        if (item.kind === "gap") {
          const error = new HubError("damaged", `A folder of ${type} cannot be read`, { cause: item.cause });
          if (wasCounted) throw error;
          core.log.error("not counted", { repository: tally.path, error }); // the rest is more than nothing, for which uploads would wait
          continue;
        }
        const id = parseObjectId(item.path.slice(path.length + 1));
        if (id === undefined || (type === "data" && !key.endsWith(id.slice(0, 2)))) continue;
        recount.see(id, item.sizeBytes);
        if (type === "snapshots") newestSnapshotAtMs = Math.max(newestSnapshotAtMs ?? 0, item.modifiedAtMs);
      }
    }
    recount.end(tally.changes);
    if (gently) await sleep(performance.now() - startedAtMs, undefined, { signal });
  }
  return newestSnapshotAtMs;
}

/** The times at which names were last added to the folders or taken out of them; undefined when the storage cannot tell. */
async function markOf(
  core: Core,
  folders: readonly CountedFolder[],
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly newestAtMs: number } | undefined> {
  const hash = createHash("sha256");
  let newestAtMs = 0;
  for (const { key, type, path } of folders) {
    if (type === "config") {
      const there = await core.storage.stat(path, signal);
      hash.update(`config ${there.kind === "file" ? there.fingerprint : there.kind}\n`);
      continue;
    }
    const changedAtMs = await core.storage.folderChangedAtMs(path, signal);
    if (changedAtMs === undefined) return undefined;
    hash.update(`${key} ${changedAtMs}\n`);
    newestAtMs = Math.max(newestAtMs, changedAtMs);
  }
  return { text: hash.digest("base64url"), newestAtMs };
}
