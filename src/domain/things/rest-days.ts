const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 4;

/** Days of the week on which nothing comes, as a job that runs on weekdays leaves them. */
export interface RestDays {
  /** 0 is Sunday; none, or all, of the seven never. */
  readonly weekdays: readonly number[];
  /**
   * How long after midnight UTC a day begins here, or before it when this is negative: in the middle of the longest time at which nothing
   * ever comes. So a backup at midnight belongs to one day whether it is a minute early or late, whatever its time zone is.
   */
  readonly dayBeginsMs: number;
}

/** The day, counted from 1970, and its weekday, 0 for Sunday. */
export function dayOfWeek(atMs: number, dayBeginsMs: number): { readonly day: number; readonly weekday: number } {
  const day = Math.floor((atMs - dayBeginsMs) / DAY_MS);
  return { day, weekday: (((day + FIRST_WEEKDAY) % WEEK_DAYS) + WEEK_DAYS) % WEEK_DAYS };
}

/** From Monday of one week to Friday of the next are twelve days. */
const LEAST_DAYS = 12;
/** On so many of all working days, and of each of them, something has to have come, and more than once: else it came there by chance. */
const LEAST_SHARE = 0.75;
const LEAST_SHARE_OF_EACH = 0.5;
const LEAST_TIMES = 2;

/** The days of rest in what has come, in rising order; undefined when there are none, or when they cannot be told yet. */
export function findRestDays(sorted: readonly number[]): RestDays | undefined {
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const dayBeginsMs = quietTime(sorted);
  const days = new Set(sorted.map((atMs) => dayOfWeek(atMs, dayBeginsMs).day));
  const [firstDay, lastDay] = [dayOfWeek(first, dayBeginsMs).day, dayOfWeek(last, dayBeginsMs).day];
  if (lastDay - firstDay + 1 < LEAST_DAYS) return undefined;
  const seen = Array.from({ length: WEEK_DAYS }, () => ({ days: 0, hits: 0 }));
  for (let day = firstDay; day <= lastDay; day += 1) {
    const weekday = seen[dayOfWeek(day * DAY_MS, 0).weekday];
    if (weekday === undefined) continue;
    weekday.days += 1;
    if (days.has(day)) weekday.hits += 1;
  }
  const working = seen.filter(({ hits }) => hits > 0);
  // One working day is a weekly rhythm: that one has a longer grace.
  if (working.length < 2 || working.length === WEEK_DAYS) return undefined;
  if (working.some((weekday) => weekday.hits < LEAST_TIMES || weekday.hits < LEAST_SHARE_OF_EACH * weekday.days)) return undefined;
  const workingDays = working.reduce((sum, weekday) => sum + weekday.days, 0);
  if (days.size < LEAST_SHARE * workingDays) return undefined;
  return { weekdays: [0, 1, 2, 3, 4, 5, 6].filter((weekday) => seen[weekday]?.hits === 0), dayBeginsMs };
}

/** Whether something has come on all seven days of the week. */
export function hasEveryWeekday(atMs: readonly number[]): boolean {
  const dayBeginsMs = quietTime(atMs);
  return new Set(atMs.map((each) => dayOfWeek(each, dayBeginsMs).weekday)).size === WEEK_DAYS;
}

/** The time of day in the middle of the longest part of it in which nothing has come, from 12 hours before midnight UTC to 12 after it. */
function quietTime(atMs: readonly number[]): number {
  const times = atMs.map((each) => ((each % DAY_MS) + DAY_MS) % DAY_MS).sort((one, other) => one - other);
  let longest = { beginsMs: times.at(-1) ?? 0, lengthMs: DAY_MS - (times.at(-1) ?? 0) + (times[0] ?? 0) };
  for (const [at, time] of times.entries()) {
    const next = times[at + 1];
    if (next !== undefined && next - time > longest.lengthMs) longest = { beginsMs: time, lengthMs: next - time };
  }
  const middleMs = Math.floor(longest.beginsMs + longest.lengthMs / 2) % DAY_MS;
  return middleMs < DAY_MS / 2 ? middleMs : middleMs - DAY_MS;
}

/** The first moment from `atMs` on, in steps of whole days, that is on no day of rest. */
export function afterRest(atMs: number, { weekdays, dayBeginsMs }: RestDays): number {
  let workMs = atMs;
  for (let days = 0; days < WEEK_DAYS && weekdays.includes(dayOfWeek(workMs, dayBeginsMs).weekday); days += 1) workMs += DAY_MS;
  return workMs;
}
