import type { Alarm, AlarmKind } from "#model/alarm.ts";
import type { AlarmCore } from "./alarm-core.ts";
import { askFor } from "./alarm-work.ts";

const SUBJECT_CHARACTERS = 300;
const SENTENCE_CHARACTERS = 500;

export interface AlarmCause {
  readonly kind: AlarmKind;
  /** What it is about, as a key: `thing 12`, `account laptop`, `hub`. At most 300 characters. */
  readonly subject: string;
  /** Name of the account it concerns, where there is one. */
  readonly account?: string | undefined;
  /** One sentence for a person; may hold names from outside. */
  readonly summary: string;
}

/**
 * Opens an alarm and has people told of it. Where one of that kind and subject is open, or was closed a short while ago, it only notes
 * that the cause was seen again. `opened` is true for a new one alone.
 */
export async function openAlarm(core: AlarmCore, cause: AlarmCause): Promise<{ readonly alarm: Alarm; readonly opened: boolean }> {
  const subject = readSubject(cause.subject);
  const input = { kind: cause.kind, subject, account: cause.account, summary: sentenceOf(cause.summary), nowMs: core.clock() };
  const { alarm, opened, pendingAtMs } = await core.database.write("openAlarm", input);
  if (pendingAtMs !== undefined) await askFor(core, "alarms.tell", "all", pendingAtMs);
  return { alarm, opened };
}

/** A subject as a key. Throws a TypeError for one that is none: it is the caller's own words. */
export function readSubject(subject: string): string {
  if (!/^[^\p{Cc}]+$/u.test(subject) || subject.length > SUBJECT_CHARACTERS || !subject.isWellFormed()) {
    throw new TypeError("Not a subject of an alarm");
  }
  return subject;
}

/** A sentence on one line and not too long, as both engines keep it. */
export function sentenceOf(text: string): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
  return (line.length <= SENTENCE_CHARACTERS ? line : `${line.slice(0, SENTENCE_CHARACTERS - 3)}...`).toWellFormed();
}
