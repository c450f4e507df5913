import { parseDuration, parseMoment } from "#lib/duration.ts";
import { HubError } from "#model/hub-error.ts";

/** A moment to come: a UTC day, a time with its zone, or a span from now. `flag` is what it was given with. Throws `invalid_input`. */
export function readMoment(flag: string, text: string, nowMs: number): number {
  const atMs = parseMoment(text, nowMs);
  if (atMs === undefined) throw new HubError("invalid_input", `${flag} takes 2027-01-31, 2027-01-31T12:00Z, or a span such as 90d`);
  return atMs;
}

/** A moment that has been: a day or a time, UTC unless it says otherwise, or a span back from now; undefined for anything else. */
export function findPastMoment(text: string, nowMs: number): number | undefined {
  const spanMs = parseDuration(text);
  if (spanMs !== undefined) return nowMs - spanMs;
  return parseMoment(/T[^Z+-]*$/.test(text) ? `${text}Z` : text, nowMs);
}
