import { HUB } from "#model/actor.ts";
import type { NewOperation } from "#model/operation.ts";
import { quotaBytesOf, type RepositoryUse } from "#model/quota.ts";
import { recordOperations } from "./operations.ts";
import { findScopeUse, type ScopeKey, scopesOf } from "./quota-scopes.ts";
import type { WriteTransaction } from "./tables.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A hard limit counts as met no longer once something was removed and this share of it is free. */
const FREE_AGAIN = 0.05;

interface Change {
  readonly path: string;
  readonly ownerId: number | null;
  readonly delta: RepositoryUse;
}

/** Adds a line to the timeline for each soft limit that these changes have passed: at most one a day, and again after it fell below. */
export async function tellOfQuotas(tx: WriteTransaction, changes: readonly Change[], nowMs: number): Promise<void> {
  const keys = new Map(changes.flatMap(scopesOf).map((key) => [`${key.scope} ${key.key}`, key]));
  if (keys.size === 0) return;
  const shrinks = changes.some(({ delta }) => quotaBytesOf(delta) < 0);
  const quotas = await tx
    .selectFrom("quota")
    .selectAll()
    .where((row) => row.or([...keys.values()].map(({ scope, key }) => row("scope", "=", scope).and("key", "=", key))))
    .execute();
  for (const { scope, key, softBytes, hardBytes, softToldAtMs, hardToldAtMs } of quotas) {
    const { usedBytes } = await findScopeUse(tx, { scope, key });
    if (softBytes !== null && usedBytes > softBytes && isDue(softToldAtMs, nowMs)) {
      await tell(tx, { scope, key }, { limit: "soft", limitBytes: softBytes, usedBytes, nowMs });
    } else if (softBytes !== null && usedBytes <= softBytes && softToldAtMs !== null) {
      await forget(tx, { scope, key }, { softToldAtMs: null });
    }
    if (hardBytes !== null && hardToldAtMs !== null && shrinks && usedBytes < hardBytes * (1 - FREE_AGAIN)) {
      await forget(tx, { scope, key }, { hardToldAtMs: null });
    }
  }
}

/** Adds a line for an upload that met a hard limit, unless there was one within a day and the scope has been full since. */
export async function noteQuotaMet(tx: WriteTransaction, { scope, key, nowMs }: ScopeKey & { readonly nowMs: number }): Promise<void> {
  const quota = await tx.selectFrom("quota").selectAll().where("scope", "=", scope).where("key", "=", key).executeTakeFirst();
  if (quota === undefined || quota.hardBytes === null || !isDue(quota.hardToldAtMs, nowMs)) return;
  const { usedBytes } = await findScopeUse(tx, { scope, key });
  await tell(tx, { scope, key }, { limit: "hard", limitBytes: quota.hardBytes, usedBytes, nowMs });
}

/** Also when the last line lies ahead: the clock was wrong. */
function isDue(toldAtMs: number | null, nowMs: number): boolean {
  return toldAtMs === null || Math.abs(nowMs - toldAtMs) >= DAY_MS;
}

async function forget(
  tx: WriteTransaction,
  { scope, key }: ScopeKey,
  told: { softToldAtMs: null } | { hardToldAtMs: null },
): Promise<void> {
  await tx.updateTable("quota").set(told).where("scope", "=", scope).where("key", "=", key).execute();
}

interface Warning {
  readonly limit: "soft" | "hard";
  readonly limitBytes: number;
  readonly usedBytes: number;
  readonly nowMs: number;
}

async function tell(tx: WriteTransaction, { scope, key }: ScopeKey, { limit, limitBytes, usedBytes, nowMs }: Warning): Promise<void> {
  const told = limit === "soft" ? { softToldAtMs: nowMs } : { hardToldAtMs: nowMs };
  await tx.updateTable("quota").set(told).where("scope", "=", scope).where("key", "=", key).execute();
  const account =
    scope === "account" ? await tx.selectFrom("account").select("name").where("id", "=", Number(key)).executeTakeFirst() : undefined;
  const who = scope === "hub" ? "The hub" : scope === "repository" ? `Repository ${key}` : `Account ${account?.name ?? key}`;
  const operation: NewOperation = {
    kind: "quota.warning",
    status: "warning",
    startedAtMs: nowMs,
    endedAtMs: nowMs,
    actor: HUB,
    account: account?.name,
    repository: scope === "repository" ? key : undefined,
    summary: limit === "soft" ? `${who} has passed its soft quota` : `${who} has met its hard quota: uploads are refused`,
    details: { limit, limitBytes, usedBytes },
  };
  await recordOperations(tx, { operations: [operation] });
}
