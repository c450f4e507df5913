import { HubError } from "#model/hub-error.ts";
import { type Mode, type ModeSetting, WHOLE_HUB } from "#model/mode.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import { PAGE_ROWS } from "./page-limit.ts";
import type { ReadConnection, WriteTransaction } from "./tables.ts";

export interface SetModeInput extends SettingsChange {
  readonly scope: string;
  readonly mode: Mode;
  readonly reason: string;
}

/** Puts a scope into a mode, in place of the one it was in. Throws `invalid_input` when too many scopes are in one. */
export async function setMode(tx: WriteTransaction, input: SetModeInput): Promise<void> {
  const { scope, mode, reason, nowMs } = input;
  await tx
    .insertInto("mode")
    .values({ scope, mode, reason, sinceMs: nowMs })
    .onConflict((conflict) => conflict.column("scope").doUpdateSet({ mode, reason, sinceMs: nowMs }))
    .execute();
  if ((await listModes(tx)).length > PAGE_ROWS) throw new HubError("invalid_input", `At most ${PAGE_ROWS} paths can be in a mode`);
  const summary = `${nameOf(scope)} is in ${mode === "read_only" ? "read-only" : "maintenance"} mode: ${reason}`;
  await recordSettingsChange(tx, input, { repository: pathOf(scope), summary });
  await raiseAccessVersion(tx, nowMs);
}

/** Takes a scope out of its mode. False when it was in none. */
export async function clearMode(tx: WriteTransaction, input: SettingsChange & { readonly scope: string }): Promise<boolean> {
  const { scope, nowMs } = input;
  const cleared = await tx.deleteFrom("mode").where("scope", "=", scope).executeTakeFirst();
  if (cleared.numDeletedRows === 0n) return false;
  await recordSettingsChange(tx, input, { repository: pathOf(scope), summary: `${nameOf(scope)} is back to work` });
  await raiseAccessVersion(tx, nowMs);
  return true;
}

/** Every mode in force, by scope; one more than a page at most. */
export async function listModes(db: ReadConnection): Promise<readonly ModeSetting[]> {
  return await db
    .selectFrom("mode")
    .selectAll()
    .orderBy("scope")
    .limit(PAGE_ROWS + 1)
    .execute();
}

function pathOf(scope: string): string | undefined {
  return scope === WHOLE_HUB ? undefined : scope;
}

function nameOf(scope: string): string {
  return scope === WHOLE_HUB ? "The hub" : scope;
}
