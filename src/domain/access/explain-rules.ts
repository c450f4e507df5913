import type { AccessRules } from "#db/access-rules.ts";
import type { Grant } from "#model/account.ts";
import { type Mode, type ModeSetting, WHOLE_HUB } from "#model/mode.ts";
import { roleAllows } from "#model/permissions.ts";
import type { HoldTerm, WindowOwner } from "#model/removal.ts";
import type { Moment } from "../removal/may-remove.ts";
import { rootsOf } from "./grant-reach.ts";
import { grantOn } from "./role-on.ts";

/**
 * One thing that somebody has set and that changes what an account may do at `path`, and below it unless one path was asked about.
 *
 * - `held`    nothing there may be removed, until or for how long
 * - `window`  `owner`, a login of the account or all of them, may remove there until it closes
 * - `marked`  who may remove there may do so only while a window is open for them
 * - `mode`    nobody may change anything there, or do anything at all; without a path: everywhere
 * - `more`    there is more of all this than is told
 */
export type AccessRule =
  | { readonly kind: "held"; readonly path: string; readonly hold: number; readonly term: HoldTerm; readonly reason: string }
  | {
      readonly kind: "window";
      readonly path: string;
      readonly window: number;
      readonly owner: WindowOwner;
      readonly untilMs: number;
      readonly reason: string;
    }
  | { readonly kind: "marked"; readonly path: string }
  | { readonly kind: "mode"; readonly path: string | undefined; readonly mode: Mode; readonly reason: string; readonly sinceMs: number }
  | { readonly kind: "more" };

export interface RulesQuestion {
  readonly grants: readonly Grant[];
  /** Only at this repository's path; else at every path that was granted and below. */
  readonly path?: string | undefined;
  /** Those at the paths, above and below. */
  readonly rules: AccessRules;
  readonly modes: readonly ModeSetting[];
  /** Whether a window is opened for one of the logins that are asked about. */
  readonly isOwn: (owner: WindowOwner) => boolean;
  readonly now: Moment;
}

/** What is set at the places where an account has a role. Modes first, because they come before everything else. Pure. */
export function explainRules({ grants, path, rules, modes, isOwn, now }: RulesQuestion): AccessRule[] {
  const places = path === undefined ? rootsOf(grants.map((grant) => grant.path)) : grantOn(grants, path) === undefined ? [] : [path];
  const told: AccessRule[] = [];
  for (const { scope, mode, reason, sinceMs } of modes) {
    if (scope === WHOLE_HUB) told.push({ kind: "mode", path: undefined, mode, reason, sinceMs });
    else for (const at of reached(places, scope, path)) told.push({ kind: "mode", path: at, mode, reason, sinceMs });
  }
  for (const { id, path: at, term, reason } of rules.holds) {
    if (term.kind === "fixed" && now.earliestMs >= term.untilMs) continue;
    for (const place of reached(places, at, path)) told.push({ kind: "held", path: place, hold: id, term, reason });
  }
  for (const at of rules.marks) for (const place of reached(places, at, path)) told.push({ kind: "marked", path: place });
  for (const { id, path: at, owner, opensAtMs, closesAtMs, reason } of rules.windows) {
    if (!isOwn(owner) || opensAtMs > now.latestMs || now.latestMs >= closesAtMs) continue;
    for (const place of reached(places, at, path)) {
      // A window lets nobody remove who may not even add.
      if (!grants.some((grant) => (grant.path.startsWith(place) || place.startsWith(grant.path)) && roleAllows(grant.role, "add")))
        continue;
      told.push({ kind: "window", path: place, window: id, owner, untilMs: closesAtMs, reason });
    }
  }
  return rules.isCut ? [...told, { kind: "more" }] : told;
}

/** Where what is set at `at` counts among the places: all of a place at or below it, or the part of a place that lies there. */
function reached(places: readonly string[], at: string, asked: string | undefined): string[] {
  return places.flatMap((place) => (place.startsWith(at) ? [place] : asked === undefined && at.startsWith(place) ? [at] : []));
}
