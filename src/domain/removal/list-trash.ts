import { setTimeout as sleep } from "node:timers/promises";
import { findTrashBytes } from "#db/quota-scopes.ts";
import { HubError } from "#model/hub-error.ts";
import type { FilePath } from "#storage/file-path.ts";
import { parseTrashBatch, type TrashedFile } from "#storage/trash-batch.ts";
import type { Core } from "../core.ts";
import { trashKeepMs } from "./sweep-trash.ts";
import { readTrashSelection, type TrashedName, trashedNameOf } from "./trash-path.ts";

/** One object in the trash. */
export interface TrashedObjectFacts {
  /** The UTC hour in which it was removed, `2026-11-21T17`; `~2` behind it where others of its name were removed in the same. */
  readonly batch: string;
  /** Where it lay on the entry. */
  readonly path: string;
  /** Undefined for what belongs to no repository. */
  readonly name: TrashedName | undefined;
  readonly sizeBytes: number;
  readonly storedAtMs: number;
  /** When it may be erased for want of room, and when it will be, by the wall clock; a hold may keep it for longer. */
  readonly heldUntilMs: number;
  readonly keptUntilMs: number;
}

/** Everything in the trash, hour by hour, the oldest first; of one repository, type or object when it is named. Throws `damaged`. */
export async function* listTrash(
  core: Core,
  { path }: { readonly path?: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<TrashedObjectFacts, void, undefined> {
  const places = path === undefined ? [undefined] : readTrashSelection(core, path).places;
  for (const batch of await core.storage.listTrashBatches(signal)) yield* listBatch(core, { batch, places }, signal);
}

/** One batch of the trash, and in it what lay at or below one of these places; undefined for everything. */
export interface BatchSelection {
  readonly batch: string;
  readonly places: readonly (FilePath | undefined)[];
}

async function* listBatch(
  core: Core,
  { batch, places }: BatchSelection,
  signal: AbortSignal,
): AsyncGenerator<TrashedObjectFacts, void, undefined> {
  for (const below of places) {
    for await (const item of core.storage.listTrash({ batch, below }, signal)) {
      if (item.kind === "gap") throw new HubError("damaged", "A part of the trash cannot be read", { cause: item.cause });
      yield factsOf(core, item);
    }
  }
}

function factsOf(core: Core, { batch, path, sizeBytes, modifiedAtMs }: TrashedFile): TrashedObjectFacts {
  const endsAtMs = parseTrashBatch(batch)?.endsAtMs ?? Number.POSITIVE_INFINITY;
  return {
    batch,
    path,
    name: trashedNameOf(path),
    sizeBytes,
    storedAtMs: modifiedAtMs,
    heldUntilMs: endsAtMs + core.limits.trashHoldAgeMs,
    keptUntilMs: endsAtMs + trashKeepMs(core),
  };
}

/** What removals of one hour have put into the trash from one repository. */
export interface TrashSummary {
  readonly batch: string;
  /** `/laptop/photos/`; undefined for what belongs to no repository. */
  readonly repository: string | undefined;
  readonly objects: number;
  readonly sizeBytes: number;
  readonly heldUntilMs: number;
  readonly keptUntilMs: number;
}

/** The trash in sums, the oldest first, in the order of paths within one batch. One batch is in memory at a time. */
export async function* summarizeTrash(
  core: Core,
  { path }: { readonly path?: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<TrashSummary, void, undefined> {
  const places = path === undefined ? [undefined] : readTrashSelection(core, path).places;
  for (const batch of await core.storage.listTrashBatches(signal)) yield* await summarizeBatch(core, { batch, places }, signal);
}

/** One batch of the trash in sums, in the order of paths; what belongs to no repository comes first. Throws `damaged`. */
export async function summarizeBatch(core: Core, selection: BatchSelection, signal: AbortSignal): Promise<readonly TrashSummary[]> {
  const sums = new Map<string | undefined, TrashSummary>();
  for await (const { batch, name, sizeBytes: itsBytes, heldUntilMs, keptUntilMs } of listBatch(core, selection, signal)) {
    const repository = name?.repository;
    const { objects, sizeBytes } = sums.get(repository) ?? { objects: 0, sizeBytes: 0 };
    sums.set(repository, { batch, repository, objects: objects + 1, sizeBytes: sizeBytes + itsBytes, heldUntilMs, keptUntilMs });
  }
  return [...sums.values()].sort((one, other) => ((one.repository ?? "") < (other.repository ?? "") ? -1 : 1));
}

/**
 * Brings the counter of the trash back to what the disk holds. It is measured again when something has gone in or out meanwhile; where that
 * goes on, what of it was measured as well as counted is put right by the next count. One at a time.
 */
export async function recountTrash(core: Core, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    await core.quotas.flush();
    const countedBytes = await findTrashBytes(core.database.read);
    const { sizeBytes } = await measureTrash(core, signal);
    // What other processes have moved by then they have written down.
    await sleep(FLUSHES * core.limits.quotaFlushMs, undefined, { signal });
    await core.quotas.flush();
    const measured = { bytes: sizeBytes, countedBytes, evenIfChanged: tries === MOST_TRIES };
    if (await core.database.write("setTrashBytes", measured)) return;
  }
}

const FLUSHES = 2;
const MOST_TRIES = 5;

/** How much the trash holds. */
export async function measureTrash(core: Core, signal: AbortSignal): Promise<{ readonly objects: number; readonly sizeBytes: number }> {
  let [objects, sizeBytes] = [0, 0];
  for await (const item of listTrash(core, {}, signal)) {
    objects += 1;
    sizeBytes += item.sizeBytes;
  }
  return { objects, sizeBytes };
}
