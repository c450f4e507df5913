import type { Selectable } from "kysely";
import { foldName } from "#model/account.ts";
import { type ApiToken, parseScopes } from "#model/api-token.ts";
import { HubError } from "#model/hub-error.ts";
import type { Scope } from "#model/permissions.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import { pageLimit } from "./page-limit.ts";
import { shown } from "./shown.ts";
import type { ApiTokenTable, ReadConnection, WriteTransaction } from "./tables.ts";

export interface AddApiTokenInput extends SettingsChange {
  readonly name: string;
  /** SHA-256 of the secret, in lower-case hex. */
  readonly secretSha256: string;
  readonly scopes: readonly Scope[];
  readonly expiresAtMs: number | undefined;
}

/** A change of the token of that name, compared folded. */
export interface ApiTokenChange extends SettingsChange {
  readonly name: string;
}

/** Throws `already_exists` when another token has the name. */
export async function addApiToken(tx: WriteTransaction, input: AddApiTokenInput): Promise<ApiToken> {
  const { name, secretSha256, scopes, expiresAtMs, nowMs } = input;
  const row = await tx
    .insertInto("apiToken")
    .values({
      name,
      nameFolded: foldName(name),
      secretSha256,
      scopes: scopes.join(","),
      createdAtMs: nowMs,
      expiresAtMs: expiresAtMs ?? null,
      disabledAtMs: null,
      lastUsedAtMs: null,
    })
    .onConflict((conflict) => conflict.column("nameFolded").doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new HubError("already_exists", `There is a token called ${shown(name)} already`);
  await recordSettingsChange(tx, input, { summary: `API token ${name} was made, with the scopes ${scopes.join(", ")}` });
  await raiseAccessVersion(tx, nowMs);
  return tokenOf(row);
}

/** Switches a token off or on again. One that is off keeps the time since when. Throws `not_found`. */
export async function setApiTokenDisabled(tx: WriteTransaction, change: ApiTokenChange & { readonly disabled: boolean }): Promise<void> {
  const { disabled, nowMs } = change;
  const row = await tx
    .updateTable("apiToken")
    .set((column) => ({ disabledAtMs: disabled ? column.fn.coalesce("disabledAtMs", column.val(nowMs)) : null }))
    .where("nameFolded", "=", foldName(change.name))
    .where("disabledAtMs", disabled ? "is" : "is not", null)
    .returning("name")
    .executeTakeFirst();
  if (row === undefined) return await requireToken(tx, change.name); // it is as it should be, or it is not there
  await recordSettingsChange(tx, change, { summary: `API token ${row.name} was ${disabled ? "disabled" : "enabled"}` });
  await raiseAccessVersion(tx, nowMs);
}

/** Takes the token away; its name may be used again. Throws `not_found`. */
export async function removeApiToken(tx: WriteTransaction, change: ApiTokenChange): Promise<void> {
  const row = await tx.deleteFrom("apiToken").where("nameFolded", "=", foldName(change.name)).returning("name").executeTakeFirst();
  if (row === undefined) throw unknownToken(change.name);
  await recordSettingsChange(tx, change, { summary: `API token ${row.name} was removed` });
  await raiseAccessVersion(tx, change.nowMs);
}

/** Notes that a token was used; no settings change, and nothing that a cache would have to know. */
export async function touchApiToken(tx: WriteTransaction, { id, nowMs }: { readonly id: number; readonly nowMs: number }): Promise<void> {
  await tx.updateTable("apiToken").set({ lastUsedAtMs: nowMs }).where("id", "=", id).execute();
}

/** The token with that digest of its secret, in force or not; undefined when there is none. */
export async function findApiTokenByDigest(db: ReadConnection, secretSha256: string): Promise<ApiToken | undefined> {
  const row = await db.selectFrom("apiToken").selectAll().where("secretSha256", "=", secretSha256).executeTakeFirst();
  return row === undefined ? undefined : tokenOf(row);
}

/** The token of that name, compared folded; undefined when there is none. */
export async function findApiTokenByName(db: ReadConnection, name: string): Promise<ApiToken | undefined> {
  if (name.includes("\0")) return undefined; // PostgreSQL refuses the character, and no name has it
  const row = await db.selectFrom("apiToken").selectAll().where("nameFolded", "=", foldName(name)).executeTakeFirst();
  return row === undefined ? undefined : tokenOf(row);
}

/** Up to `limit` tokens in the order of their folded names, those behind the one called `after`. */
export async function listApiTokens(
  db: ReadConnection,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly ApiToken[]> {
  const page = db.selectFrom("apiToken").selectAll().orderBy("nameFolded").limit(pageLimit(limit));
  const rows = await (after === undefined ? page : page.where("nameFolded", ">", foldName(after))).execute();
  return rows.map(tokenOf);
}

async function requireToken(tx: WriteTransaction, name: string): Promise<void> {
  if ((await findApiTokenByName(tx, name)) === undefined) throw unknownToken(name);
}

function unknownToken(name: string): HubError {
  return new HubError("not_found", `There is no token called ${shown(name)}`);
}

function tokenOf({ id, name, scopes, createdAtMs, expiresAtMs, disabledAtMs, lastUsedAtMs }: Selectable<ApiTokenTable>): ApiToken {
  return {
    id,
    name,
    scopes: parseScopes(scopes),
    createdAtMs,
    expiresAtMs: expiresAtMs ?? undefined,
    disabledAtMs: disabledAtMs ?? undefined,
    lastUsedAtMs: lastUsedAtMs ?? undefined,
  };
}
