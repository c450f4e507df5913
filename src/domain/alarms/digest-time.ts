import type { DigestTime } from "#model/alarm-channel.ts";

/** Whether a digest is due. `day` is as clocks of the zone have it: `2026-11-22`. */
export type DigestDue =
  | { readonly due: true; readonly day: string; readonly lastCredibleDay: string }
  | { readonly due: false; readonly nextAtMs: number };

/**
 * One digest for each day of the zone, at its hour or, when the hub did not run then, later that day; days that are over get none. An
 * hour that the zone leaves out is the one after it, and of one that comes twice it is the first. Pure. A last day further ahead than
 * tomorrow was noted by a clock that was wrong, and does not count; tomorrow can be right, where the zone has been changed.
 */
export function digestDue(time: DigestTime, lastDay: string | undefined, nowMs: number): DigestDue {
  const today = dayOf(nowMs, time.zone);
  const lastCredibleDay = today.add({ days: 1 }).toString();
  const last = lastDay !== undefined && lastDay <= lastCredibleDay ? Temporal.PlainDate.from(lastDay) : undefined;
  if (last !== undefined && Temporal.PlainDate.compare(last, today) >= 0)
    return { due: false, nextAtMs: atHour(last.add({ days: 1 }), time) };
  const todayAtMs = atHour(today, time);
  return nowMs < todayAtMs ? { due: false, nextAtMs: todayAtMs } : { due: true, day: today.toString(), lastCredibleDay };
}

/** The day that a channel needs no digest of any more when it is set up now: today, once its hour is over. Pure. */
export function firstDigestDay(time: DigestTime, nowMs: number): string | undefined {
  const due = digestDue(time, undefined, nowMs);
  return due.due ? due.day : undefined;
}

/** Whether there is such a zone. */
export function isZone(zone: string): boolean {
  try {
    dayOf(0, zone);
    return !/^[+-]/.test(zone); // a bare offset knows no summer
  } catch {
    return false;
  }
}

function dayOf(nowMs: number, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(zone).toPlainDate();
}

function atHour(day: Temporal.PlainDate, { hour, zone }: DigestTime): number {
  return day.toZonedDateTime({ timeZone: zone, plainTime: { hour } }).epochMilliseconds;
}
