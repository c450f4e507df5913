import type { Actor } from "#model/actor.ts";
import type { AlarmSilence, SilenceTarget } from "#model/alarm-silence.ts";
import { HubError } from "#model/hub-error.ts";
import { readReason } from "../removal/require-may-hold.ts";
import type { AlarmCore } from "./alarm-core.ts";

/** What is muted for longer is forgotten. */
const LONGEST_MS = 366 * 24 * 3_600_000;

/**
 * Nobody is told of an alarm, or of any about a subject, until a time; one that is still open then is told. Throws `invalid_input`,
 * `not_found`.
 */
export async function silenceAlarm(
  core: AlarmCore,
  by: Actor,
  { target, untilMs, reason }: { readonly target: SilenceTarget; readonly untilMs: number; readonly reason: string },
): Promise<AlarmSilence> {
  const nowMs = core.clock();
  if (!(untilMs > nowMs && untilMs <= nowMs + LONGEST_MS)) {
    throw new HubError("invalid_input", "A silence ends in the future, and within a year");
  }
  if (target.kind === "subject" && (!/^[^\p{Cc}]{1,300}$/u.test(target.subject) || !target.subject.isWellFormed())) {
    throw new HubError("invalid_input", "Not a subject of an alarm");
  }
  return await core.database.write("addSilence", { target, untilMs: Math.ceil(untilMs), reason: readReason(reason), nowMs, by });
}
