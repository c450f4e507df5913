import type { Archive, ArchiveHold, RetentionMode } from "#model/archive.ts";
import type { Moment, RemovalDecision } from "./may-remove.ts";

/** Everything people have set that decides how long an account's archives stay. */
export interface ArchiveRetention {
  readonly retentionMode: RetentionMode;
  readonly holds: readonly ArchiveHold[];
}

/** Why an archive is to go: its time is over, or an operator wants it gone before that. */
export type ExpiryCause = "time" | "operator";

/**
 * The one decision about the end of an archive, for every door and job. Pure: what, why, when, under which settings. Time is over only
 * when every clock says so; a hold beats time and operator alike; in compliance nobody is earlier than time (spec/restbackup.md section 5).
 */
export function mayExpire(
  { name, expiresAtMs }: Pick<Archive, "name" | "expiresAtMs">,
  cause: ExpiryCause,
  now: Moment,
  { retentionMode, holds }: ArchiveRetention,
): RemovalDecision {
  const hold = holdOn(name, holds);
  if (hold !== undefined) return refused(`Held: ${hold.reason}`);
  if (now.earliestMs >= expiresAtMs) return { allowed: true };
  if (cause === "time") return refused("Its time is not over");
  return retentionMode === "compliance" ? refused("Compliance: nobody removes it before its time") : { allowed: true };
}

/** The first hold that covers an archive of that name; undefined when none does. */
export function holdOn(name: string, holds: readonly ArchiveHold[]): ArchiveHold | undefined {
  return holds.find(({ namePrefix, isExact }) => (isExact ? name === namePrefix : name.startsWith(namePrefix)));
}

function refused(reason: string): RemovalDecision {
  return { allowed: false, code: "forbidden", reason: reason.replace(/[^\x20-\x7e]/gu, "?").slice(0, 80) };
}
