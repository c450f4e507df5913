import { HubError } from "#model/hub-error.ts";
import type { QuotaLimits, QuotaScope } from "#model/quota.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { openAccount } from "./accounts.ts";
import { endOfBelow } from "./below.ts";
import { recordSettingsChange, type SettingsChange, type SettingsLine } from "./operations.ts";
import { pageLimit } from "./page-limit.ts";
import { findScopeUse, type ScopeKey, type ScopeUse } from "./quota-scopes.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

/** A quota with what is used of it. */
export interface ListedQuota extends QuotaLimits, ScopeUse {
  readonly scope: QuotaScope;
}

export interface SetQuotaInput extends SettingsChange {
  readonly scope: QuotaScope;
  /** Undefined leaves the limit as it is, null takes it away. */
  readonly softBytes: number | null | undefined;
  readonly hardBytes: number | null | undefined;
  /** The change, for people: `hard 20.0 MiB`. */
  readonly summary: string;
}

/** Sets limits of a scope; with none left it has no quota. Resolves to what is in force now. Throws `invalid_input` for a soft limit above the hard one, `not_found` for an account that is not there. */
export async function setQuota(tx: WriteTransaction, input: SetQuotaInput): Promise<QuotaLimits> {
  const { scope, key, line } = await keyAndLine(tx, input.scope);
  const before = await tx
    .selectFrom("quota")
    .select(["softBytes", "hardBytes"])
    .where("scope", "=", scope)
    .where("key", "=", key)
    .executeTakeFirst();
  const softBytes = input.softBytes === undefined ? (before?.softBytes ?? null) : input.softBytes;
  const hardBytes = input.hardBytes === undefined ? (before?.hardBytes ?? null) : input.hardBytes;
  if (softBytes !== null && hardBytes !== null && softBytes > hardBytes) {
    throw new HubError("invalid_input", "A soft limit above the hard one would never be told");
  }
  await tx.deleteFrom("quota").where("scope", "=", scope).where("key", "=", key).execute();
  if (softBytes !== null || hardBytes !== null) {
    await tx.insertInto("quota").values({ scope, key, softBytes, hardBytes, softToldAtMs: null, hardToldAtMs: null }).execute();
  }
  await recordSettingsChange(tx, input, { ...line, summary: `${line.summary}: ${input.summary}` });
  await raiseAccessVersion(tx, input.nowMs);
  return { softBytes: softBytes ?? undefined, hardBytes: hardBytes ?? undefined };
}

/** The limits in force on scopes, those without any left out. */
export async function findQuotas(
  db: ReadConnection,
  keys: readonly ScopeKey[],
): Promise<readonly (ScopeKey & { readonly softBytes: number | null; readonly hardBytes: number | null })[]> {
  return await db
    .selectFrom("quota")
    .select(["scope", "key", "softBytes", "hardBytes"])
    .where((row) => row.or(keys.map(({ scope, key }) => row("scope", "=", scope).and("key", "=", key))))
    .execute();
}

export interface ListQuotasInput {
  readonly after?: ScopeKey | undefined;
  readonly limit: number;
  /** Only that of this account, and those of repositories at or below one of these paths. */
  readonly visible?: { readonly accountId: number; readonly below: readonly string[] } | undefined;
}

/** A page of all quotas, by scope and key, behind `after`. */
export async function listQuotas(
  db: ReadConnection,
  { after, limit, visible }: ListQuotasInput,
): Promise<readonly (ListedQuota & { readonly at: ScopeKey })[]> {
  let page = db
    .selectFrom("quota")
    .leftJoin("account", (join) =>
      join.onRef("quota.key", "=", (row) => row.cast<string>("account.id", "text")).on("quota.scope", "=", "account"),
    )
    .select(["quota.scope", "quota.key", "quota.softBytes", "quota.hardBytes", "account.name"])
    .orderBy("quota.scope")
    .orderBy("quota.key")
    .limit(pageLimit(limit));
  if (after !== undefined) {
    page = page.where((row) =>
      row.or([row("quota.scope", ">", after.scope), row("quota.scope", "=", after.scope).and("quota.key", ">", after.key)]),
    );
  }
  if (visible !== undefined) {
    page = page.where((row) =>
      row.or([
        row("quota.scope", "=", "account").and("quota.key", "=", `${visible.accountId}`),
        ...visible.below.map((root) =>
          row("quota.scope", "=", "repository").and("quota.key", ">=", root).and("quota.key", "<", endOfBelow(root)),
        ),
      ]),
    );
  }
  const listed = [];
  for (const { scope, key, softBytes, hardBytes, name } of await page.execute()) {
    listed.push({
      at: { scope, key },
      scope: scopeOf({ scope, key }, name ?? ""),
      softBytes: softBytes ?? undefined,
      hardBytes: hardBytes ?? undefined,
      ...(await findScopeUse(db, { scope, key })),
    });
  }
  return listed;
}

/** What is used in a scope, and its limits, if any. Undefined when it names an account that is not there. */
export async function findQuota(db: ReadConnection, scope: QuotaScope, accountId: number | undefined): Promise<ListedQuota | undefined> {
  if (scope.kind === "account" && accountId === undefined) return undefined;
  const key = scope.kind === "account" ? `${accountId}` : scope.kind === "repository" ? scope.path : "";
  const [limits] = await findQuotas(db, [{ scope: scope.kind, key }]);
  const use = await findScopeUse(db, { scope: scope.kind, key });
  return { scope, softBytes: limits?.softBytes ?? undefined, hardBytes: limits?.hardBytes ?? undefined, ...use };
}

function scopeOf({ scope, key }: ScopeKey, accountName: string): QuotaScope {
  if (scope === "account") return { kind: "account", name: accountName };
  return scope === "hub" ? { kind: "hub" } : { kind: "repository", path: key };
}

async function keyAndLine(tx: WriteTransaction, scope: QuotaScope): Promise<ScopeKey & { readonly line: SettingsLine }> {
  if (scope.kind === "account") {
    const { id, name } = await openAccount(tx, scope.name);
    return { scope: "account", key: `${id}`, line: { account: name, summary: `Quota of account ${name}` } };
  }
  if (scope.kind === "hub") return { scope: "hub", key: "", line: { summary: "Quota of the hub" } };
  return { scope: "repository", key: scope.path, line: { repository: scope.path, summary: `Quota of repository ${scope.path}` } };
}
