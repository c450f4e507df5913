import { listModes as readModes } from "#db/modes.ts";
import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { type Mode, type ModeSetting, WHOLE_HUB } from "#model/mode.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";

const REASON_CHARACTERS = 60; // with its mode before it, it fits the 80 of a reason phrase

/** Where a mode holds: a path and everything below it, or the whole hub without one. */
export interface ModeScope {
  readonly path?: string | undefined;
}

/** Puts the hub or a path into a mode, with the next request. Throws `invalid_input`. */
export async function setMode(core: Core, by: Actor, input: ModeScope & { readonly mode: Mode; readonly reason: string }): Promise<void> {
  const reason = readModeReason(input.reason);
  await core.database.write("setMode", { scope: scopeOf(core, input), mode: input.mode, reason, nowMs: core.clock(), by });
}

/** A reason as it is kept. Throws `invalid_input` for one that a client could not print. */
export function readModeReason(text: string): string {
  const reason = text.trim();
  if (!/^[\x20-\x7e]+$/.test(reason) || reason.length > REASON_CHARACTERS) {
    throw new HubError("invalid_input", `A reason has 1 to ${REASON_CHARACTERS} plain ASCII characters: clients print it`);
  }
  return reason;
}

/** Ends the mode of the hub, or of exactly this path. Throws `not_found` when it is in none, `invalid_input`. */
export async function clearMode(core: Core, by: Actor, input: ModeScope): Promise<void> {
  const scope = scopeOf(core, input);
  const cleared = await core.database.write("clearMode", { scope, nowMs: core.clock(), by });
  if (!cleared) throw new HubError("not_found", scope === WHOLE_HUB ? "The hub is in no mode" : "This path is in no mode of its own");
}

/** Every mode in force, by scope. */
export async function listModes(core: Core): Promise<readonly ModeSetting[]> {
  return await readModes(core.database.read);
}

function scopeOf(core: Core, { path }: ModeScope): string {
  return path === undefined ? WHOLE_HUB : readPath(core, path).text;
}
