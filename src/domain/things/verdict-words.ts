import { escapeUnprintable } from "#lib/unprintable.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MOST_CHARACTERS = 80;

/** A name from outside in quotes, cut where it is long, with nothing in it that could end the quotes or turn the line around. */
export function named(name: string): string {
  const characters = [...name];
  const short = characters.length <= MOST_CHARACTERS ? name : `${characters.slice(0, MOST_CHARACTERS - 1).join("")}…`;
  return `"${escapeUnprintable(short.replace(/["\\]/g, "\\$&"))}"`;
}

/** `1 thing is`, `2 things are`. */
export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A length of time in its largest whole unit: `2 days`, `5 hours`, `less than an hour`. */
export function spanText(ms: number): string {
  if (ms < HOUR_MS) return "less than an hour";
  return ms < DAY_MS ? plural(Math.floor(ms / HOUR_MS), "hour", "hours") : plural(Math.floor(ms / DAY_MS), "day", "days");
}

/** A day to come, in the time zone: `today`, `tomorrow`, `on Thursday` within the week, `on 5 December` after it. */
export function dayName(atMs: number, nowMs: number, timeZone: string): string {
  const days = dayIn(nowMs, timeZone).until(dayIn(atMs, timeZone)).days;
  if (days <= 0) return "today";
  if (days === 1) return "tomorrow";
  const words = days < 7 ? ({ weekday: "long" } as const) : ({ day: "numeric", month: "long" } as const);
  return `on ${new Intl.DateTimeFormat("en-GB", { ...words, timeZone }).format(atMs)}`;
}

function dayIn(atMs: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toZonedDateTimeISO(timeZone).toPlainDate();
}
