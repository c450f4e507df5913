import { HubError } from "#model/hub-error.ts";
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
  for (const batch of await core.storage.listTrashBatches(signal)) {
    for (const below of places) {
      for await (const item of core.storage.listTrash({ batch, below }, signal)) {
        if (item.kind === "gap") throw new HubError("damaged", "A part of the trash cannot be read", { cause: item.cause });
        yield factsOf(core, item);
      }
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

/** The trash in sums, the oldest first. One batch is in memory at a time. */
export async function* summarizeTrash(
  core: Core,
  selection: { readonly path?: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<TrashSummary, void, undefined> {
  let batch: string | undefined;
  let sums = new Map<string | undefined, TrashSummary>();
  for await (const item of listTrash(core, selection, signal)) {
    if (item.batch !== batch) {
      yield* sums.values();
      sums = new Map();
      batch = item.batch;
    }
    const repository = item.name?.repository;
    const { objects, sizeBytes } = sums.get(repository) ?? { objects: 0, sizeBytes: 0 };
    const { heldUntilMs, keptUntilMs } = item;
    sums.set(repository, { batch, repository, objects: objects + 1, sizeBytes: sizeBytes + item.sizeBytes, heldUntilMs, keptUntilMs });
  }
  yield* sums.values();
}

/** Brings the counter of the trash back to what the disk holds; what goes in or out meanwhile is counted again next time. */
export async function recountTrash(core: Core, signal: AbortSignal): Promise<void> {
  await core.quotas.flush();
  const { sizeBytes } = await measureTrash(core, signal);
  await core.database.write("setTrashBytes", { bytes: sizeBytes });
}

/** How much the trash holds. */
export async function measureTrash(core: Core, signal: AbortSignal): Promise<{ readonly objects: number; readonly sizeBytes: number }> {
  let [objects, sizeBytes] = [0, 0];
  for await (const item of listTrash(core, {}, signal)) {
    objects += 1;
    sizeBytes += item.sizeBytes;
  }
  return { objects, sizeBytes };
}
