import { formatBytes } from "#lib/format-bytes.ts";
import { type Html, html } from "./html.ts";
import { isoTime } from "./listing-text.ts";

const SECOND = 1000;
const UNITS = [
  { unit: "year", ms: 365 * 86_400 * SECOND },
  { unit: "month", ms: 30 * 86_400 * SECOND },
  { unit: "day", ms: 86_400 * SECOND },
  { unit: "hour", ms: 3600 * SECOND },
  { unit: "minute", ms: 60 * SECOND },
] as const;

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const WHOLE = new Intl.NumberFormat("en");

/** `9 hours ago`, `in 29 days`, `just now`. Never rounds up: what is said to last a day lasts it. */
export function relativeTime(ms: number, nowMs: number): string {
  const distance = ms - nowMs;
  const { unit, ms: unitMs } = UNITS.find((larger) => Math.abs(distance) >= largerFrom(larger)) ?? { unit: undefined, ms: 1 };
  if (unit === undefined) return distance > 0 ? "in less than a minute" : "just now";
  return RELATIVE.format(Math.trunc(distance / unitMs), unit);
}

/** Months from two on, days until then: `in 45 days` says more than `in 1 month`. The others as soon as there is one. */
function largerFrom({ unit, ms }: (typeof UNITS)[number]): number {
  return unit === "month" || unit === "year" ? 2 * ms : ms;
}

/** `2026-11-21 03:00` */
export function dayAndTime(ms: number): string {
  return isoTime(ms).slice(0, 16).replace("T", " ");
}

/** A moment as people say it, the exact one behind it. */
export function timeTag(ms: number, text: string): Html {
  return html`<time datetime="${isoTime(ms)}" title="${isoTime(ms)}">${text}</time>`;
}

/** A size for people; the exact one behind it. */
export function sizeTag(bytes: number): Html {
  return html`<span title="${counted(bytes, "byte")}">${formatBytes(bytes)}</span>`;
}

/** `1 file`, `1,234 files` */
export function counted(count: number, noun: string): string {
  return `${WHOLE.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}
