import { cleanUpReserveOf } from "#model/quota.ts";
import { findOrphanedBytes, findScopeUse, listOrphaned, listUncounted, type ScopeKey, type ScopeUse, scopesOf } from "./quota-scopes.ts";
import { findQuotas } from "./quotas.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

const MOST_DRAWN_BYTES = 256 * 1024 * 1024;
const SHARE_DRAWN = 100;

export interface DrawInput {
  readonly process: string;
  readonly path: string;
  readonly ownerId: number | null;
  /** Without so many it is a refusal. */
  readonly leastBytes: number;
  /** What several uploads need together. */
  readonly wantBytes: number;
  /** For somebody who cleans up, who may go beyond the hard limit by a reserve. Gets `leastBytes` and no more. */
  readonly cleanUp: boolean;
  /**
   * Repositories whose count has failed, because their disk is away, say. All others go on without it, and what is written of them holds;
   * only their own uploads wait.
   */
  readonly uncountable?: readonly string[] | undefined;
}

/**
 * - `granted`    `bytes` are this process's to fill, in every scope
 * - `unlimited`  no scope has a hard limit any more
 * - `refused`    a scope has too little left; others may have drawn what they do not use, and have been asked to hand it back
 * - `uncounted`  a repository of a scope was never counted, or not since a process ended in it without a word: nobody knows what is left,
 *                and it can be counted
 * - `unknown`    the process is not, or no longer, registered: whatever it had drawn is not its own any more
 */
export type Draw =
  | { readonly kind: "granted"; readonly bytes: number }
  | ({ readonly kind: "refused"; readonly hardBytes: number; readonly othersHold: boolean } & ScopeKey & ScopeUse)
  | { readonly kind: "unlimited" }
  | { readonly kind: "uncounted" }
  | { readonly kind: "unknown" };

/** Why there is nothing to be had. See `Draw`. */
export type NothingLeft = Extract<Draw, { readonly kind: "refused" | "uncounted" }>;

/**
 * Gives a process bytes that it may store in a repository. Test and change are one transaction that holds the ledger's row, for the
 * repository, its owner and the hub alike: two processes at once cannot both take the last free bytes.
 */
export async function drawQuota(tx: WriteTransaction, input: DrawInput): Promise<Draw> {
  const { process, path, ownerId, leastBytes, wantBytes, cleanUp } = input;
  await holdLedger(tx);
  if (!(await isRegistered(tx, process))) return { kind: "unknown" };

  const found = await findLeft(tx, scopesOf(input), input);
  if (found.kind !== "left") return found;
  const leftBytes = found.bytes;
  if (leftBytes === Number.POSITIVE_INFINITY) return { kind: "unlimited" };

  const share = Math.max(wantBytes, Math.min(MOST_DRAWN_BYTES, Math.floor(leftBytes / SHARE_DRAWN)));
  const bytes = cleanUp ? leastBytes : Math.min(leftBytes, share);
  await tx
    .insertInto("quotaBlock")
    .values({ process, path, ownerId, bytes })
    .onConflict((conflict) =>
      conflict.columns(["process", "path"]).doUpdateSet((row) => ({ bytes: row("quotaBlock.bytes", "+", row.ref("excluded.bytes")) })),
    )
    .execute();
  return { kind: "granted", bytes };
}

/** What `findLeft` has to know of who asks. */
export interface LeftInput extends Pick<DrawInput, "process" | "leastBytes" | "uncountable"> {
  /** The repository that it is for, if it is for one. */
  readonly path?: string;
  readonly cleanUp?: boolean;
}

/**
 * What is left of the scopes together, infinity without a hard limit; or why there are not `leastBytes`. Whoever calls holds the ledger:
 * what is found holds until that transaction ends.
 */
export async function findLeft(
  tx: WriteTransaction,
  scopes: readonly ScopeKey[],
  input: LeftInput,
): Promise<{ readonly kind: "left"; readonly bytes: number } | NothingLeft> {
  const { path, leastBytes, cleanUp = false } = input;
  const uncountable = new Set(input.uncountable);
  if (path !== undefined) uncountable.delete(path);
  const isAwaited = (repository: string) => !uncountable.has(repository);
  const most = uncountable.size + 1; // so many cannot all be uncountable

  let leftBytes = Number.POSITIVE_INFINITY;
  for (const { scope, key, hardBytes } of await findQuotas(tx, scopes)) {
    if (hardBytes === null) continue;
    const use = await findScopeUse(tx, { scope, key });
    if (use.uncounted > 0 && (await listUncounted(tx, { scope, key }, most)).some(isAwaited)) return { kind: "uncounted" };
    const left = hardBytes + (cleanUp ? cleanUpReserveOf(hardBytes) : 0) - use.usedBytes - use.drawnBytes;
    if (left < leastBytes) {
      const orphanedBytes = await findOrphanedBytes(tx, { scope, key });
      if (left + orphanedBytes >= leastBytes && (await listOrphaned(tx, { scope, key }, most)).some(isAwaited)) {
        return { kind: "uncounted" };
      }
      const othersHold = use.drawnBytes > (await findOwnBlock(tx, input));
      if (othersHold) await askBack(tx);
      return { kind: "refused", scope, key, hardBytes, othersHold, ...use };
    }
    leftBytes = Math.min(leftBytes, left);
  }
  return { kind: "left", bytes: leftBytes };
}

/** Makes whoever else changes what is drawn or used wait until this transaction ends. */
export async function holdLedger(tx: WriteTransaction): Promise<void> {
  await tx.updateTable("quotaLedger").set({ id: 1 }).execute();
}

/** Whether the process may still count on what it has drawn. */
export async function isRegistered(tx: ReadConnection, process: string): Promise<boolean> {
  return (await tx.selectFrom("quotaProcess").select("process").where("process", "=", process).executeTakeFirst()) !== undefined;
}

/** A number that has changed when somebody needs what others have drawn and do not use. */
export async function findAskedBack(db: ReadConnection): Promise<number> {
  return (await db.selectFrom("quotaLedger").select("askedBack").executeTakeFirstOrThrow()).askedBack;
}

async function askBack(tx: WriteTransaction): Promise<void> {
  await tx
    .updateTable("quotaLedger")
    .set((row) => ({ askedBack: row("askedBack", "+", 1) }))
    .execute();
}

async function findOwnBlock(tx: ReadConnection, { process, path }: Pick<LeftInput, "process" | "path">): Promise<number> {
  if (path === undefined) return 0;
  const block = await tx
    .selectFrom("quotaBlock")
    .select("bytes")
    .where("process", "=", process)
    .where("path", "=", path)
    .executeTakeFirst();
  return block?.bytes ?? 0;
}
