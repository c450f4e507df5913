import { foldName } from "#model/account.ts";
import { type Role, roleAllows } from "#model/permissions.ts";
import type { CleanupWindow, Hold, RemovalSettings } from "#model/removal.ts";
import type { ObjectType } from "#model/repository.ts";

/** May it go: yes, or why not in a sentence for the person who asked. */
export type RemovalDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly code: "append_only" | "forbidden"; readonly reason: string };

/** What somebody wants to remove. */
export interface RemovableObject {
  /** `/laptop/photos/` */
  readonly repository: string;
  readonly type: ObjectType | "config";
  /** By the server's clock; `absent` when nothing is there, undefined when nobody knows. */
  readonly storedAtMs: number | "absent" | undefined;
}

/** Who wants it: a role there, and the names a window may be opened for. */
export interface RemovalActor {
  readonly role: Role | undefined;
  /** Undefined for the operator and the hub's own jobs. */
  readonly login?: string | undefined;
  readonly account?: string | undefined;
}

/**
 * The present, as far as clocks can be believed: a wall clock that jumps moves one of the two alone. What keeps things counts from
 * `earliestMs`, what lets them go from `latestMs`.
 */
export interface Moment {
  readonly earliestMs: number;
  readonly latestMs: number;
}

/**
 * The one decision about taking an object away, for every door and job. Pure: what, for whom, when, under which settings.
 *
 * Locks are restic's own bookkeeping: each backup removes the one it made, so whoever may lock may unlock, in append-only, under a hold
 * and outside every window too (spec/restic-rest.md section 1.7).
 */
export function mayRemove(object: RemovableObject, actor: RemovalActor, now: Moment, settings: RemovalSettings): RemovalDecision {
  if (object.type === "locks") {
    return roleAllows(actor.role, "lock") ? { allowed: true } : { allowed: false, code: "forbidden", reason: "Not allowed here" };
  }
  if (!roleAllows(actor.role, "remove")) {
    if (!roleAllows(actor.role, "add")) return { allowed: false, code: "forbidden", reason: "This account may only read here" };
    if (!hasWindow(object.repository, actor, now, settings.windows)) {
      return { allowed: false, code: "append_only", reason: "Append-only: this account may add but not remove" };
    }
  } else if (settings.cleanupOnly && !hasWindow(object.repository, actor, now, settings.windows)) {
    return { allowed: false, code: "forbidden", reason: "Removing here needs an open clean-up window; ask who runs the server" };
  }
  return heldBy(object, now, settings.holds) ?? { allowed: true };
}

/** A file in the trash, which waits to be erased. */
export interface TrashedObject {
  /** `/laptop/photos/`; undefined for what belongs to no repository. */
  readonly repository: string | undefined;
  readonly storedAtMs: number | undefined;
  /** How its time in the trash stands: `running`, `past`, or `waived` by the operator, who has seen what it is about. */
  readonly trashHold: "running" | "past" | "waived";
}

/** The same decision about erasing for good what is in the trash: never before its time there has passed, and never under a hold. */
export function mayErase(file: TrashedObject, now: Moment, { holds }: Pick<RemovalSettings, "holds">): RemovalDecision {
  if (file.trashHold === "running") return { allowed: false, code: "forbidden", reason: "It has not been in the trash for long enough" };
  if (file.repository === undefined) return { allowed: true };
  return heldBy({ repository: file.repository, storedAtMs: file.storedAtMs }, now, holds) ?? { allowed: true };
}

/** The refusal of the first hold that covers the object; undefined when none does. Nothing is held where nothing is. */
function heldBy(
  { repository, storedAtMs }: Pick<RemovableObject, "repository" | "storedAtMs">,
  now: Moment,
  holds: readonly Hold[],
): RemovalDecision | undefined {
  if (storedAtMs === "absent") return undefined;
  for (const hold of holds) {
    if (!repository.startsWith(hold.path)) continue;
    if (hold.term.kind === "fixed") {
      if (now.earliestMs < hold.term.untilMs) return held(`Held until ${minuteOf(hold.term.untilMs)}: ${hold.reason}`);
    } else if (storedAtMs === undefined || now.earliestMs - storedAtMs < hold.term.minAgeMs) {
      return held(`Held for ${spanOf(hold.term.minAgeMs)} after arrival: ${hold.reason}`);
    }
  }
  return undefined;
}

const MOST_CHARACTERS = 80; // restic prints it as the reason phrase

function held(sentence: string): RemovalDecision {
  const ascii = sentence.replace(/[^\x20-\x7e]/gu, "?").trimEnd();
  const reason = ascii.length <= MOST_CHARACTERS ? ascii : `${ascii.slice(0, MOST_CHARACTERS - 3)}...`;
  return { allowed: false, code: "forbidden", reason };
}

/** Whether a window is open there, right now, for this login or its account. */
function hasWindow(repository: string, { login, account }: RemovalActor, now: Moment, windows: readonly CleanupWindow[]): boolean {
  return windows.some(({ owner, path, opensAtMs, closesAtMs }) => {
    const name = owner.kind === "login" ? login : account;
    if (name === undefined || foldName(name) !== foldName(owner.name) || !repository.startsWith(path)) return false;
    // Opened by a clock that was ahead is not open yet; closed by any of the clocks is closed.
    return opensAtMs <= now.latestMs && now.latestMs < closesAtMs;
  });
}

function minuteOf(ms: number): string {
  return `${new Date(Math.min(ms, 253_402_300_799_999)).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function spanOf(ms: number): string {
  const days = ms / 86_400_000;
  return days >= 1 ? `${Number(days.toFixed(1))} days` : `${Number((ms / 3_600_000).toFixed(1))} hours`;
}
