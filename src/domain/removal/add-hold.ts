import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { Hold, HoldTerm } from "#model/removal.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";
import { readReason, requireMayHold } from "./require-may-hold.ts";

const LAST_MS = Date.UTC(9999, 11, 31);

/**
 * Keeps everything at a path and below it from being removed, until a time or to an age. The longest of several holds counts, so to
 * lengthen one is to add another. Throws `invalid_input`, `forbidden`.
 */
export async function addHold(
  core: Core,
  by: Actor,
  input: { readonly path: string; readonly term: HoldTerm; readonly reason: string },
): Promise<Hold> {
  const path = readPath(core, input.path).text;
  const reason = readReason(input.reason);
  const { term } = input;
  const nowMs = core.clock();
  if (term.kind === "fixed" && !(term.untilMs > nowMs && term.untilMs <= LAST_MS)) {
    throw new HubError("invalid_input", "A hold ends in the future");
  }
  if (term.kind === "rolling" && !(term.minAgeMs > 0 && term.minAgeMs <= LAST_MS)) {
    throw new HubError("invalid_input", "A hold to an age needs a number of days above 0");
  }
  await requireMayHold(core, by, path);
  return await core.database.write("addHold", { path, term: wholeMs(term), reason, nowMs, by });
}

function wholeMs(term: HoldTerm): HoldTerm {
  return term.kind === "fixed" ? { ...term, untilMs: Math.ceil(term.untilMs) } : { ...term, minAgeMs: Math.ceil(term.minAgeMs) };
}
