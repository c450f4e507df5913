import { shown } from "#db/shown.ts";
import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { CleanupWindow, WindowOwner } from "#model/removal.ts";
import { roleOn } from "../access/role-on.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";
import { readReason, requireMayHold } from "./require-may-hold.ts";

/** How long a window is open when nobody says. */
export const DEFAULT_WINDOW_MS = 15 * 60_000;

/**
 * Lets somebody remove at a path and below it, for minutes, who may otherwise only add, or whom a mark keeps from it. Throws
 * `invalid_input`, `not_found` (no such login or account), `forbidden`.
 */
export async function openCleanupWindow(
  core: Core,
  by: Actor,
  input: { readonly owner: WindowOwner; readonly path: string; readonly durationMs?: number | undefined; readonly reason: string },
): Promise<CleanupWindow> {
  const path = readPath(core, input.path).text;
  const reason = readReason(input.reason);
  const { owner, durationMs = DEFAULT_WINDOW_MS } = input;
  const mostMs = core.limits.cleanupWindowMs;
  if (!(durationMs > 0 && durationMs <= mostMs)) {
    throw new HubError("invalid_input", `A clean-up window is open for at most ${Math.floor(mostMs / 60_000)} minutes`);
  }
  await requireMayHold(core, by, path);
  await requireUse(core, owner, path);
  const nowMs = core.time.latestMs();
  return await core.database.write("openCleanupWindow", { owner, path, reason, nowMs, closesAtMs: nowMs + Math.ceil(durationMs), by });
}

/** Throws `invalid_input` when whoever it is for has no role on anything there: the window would let nobody do anything. */
async function requireUse(core: Core, { kind, name }: WindowOwner, path: string): Promise<void> {
  const found = kind === "login" ? (await core.access.credential(name))?.account : await core.access.account(name);
  if (found === undefined) return; // the write tells who is missing
  const { grants } = await core.access.rightsOf(found.id);
  if (roleOn(grants, path) === undefined && !grants.some((grant) => grant.path.startsWith(path))) {
    throw new HubError("invalid_input", `${shown(found.name)} has no role there, so the window would let nobody in`);
  }
}
