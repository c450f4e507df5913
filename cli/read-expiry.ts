import { HubError } from "#model/hub-error.ts";

const HOUR_MS = 3_600_000;
const UNITS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS };
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** The moment that `text` means, in milliseconds: `90d`, `12h`, `2w` from now, or a UTC day or a time with its zone. Throws `invalid_input`. */
export function readExpiry(text: string, nowMs: number): number {
  const span = /^(?<count>[1-9]\d{0,5})(?<unit>[hdw])$/.exec(text)?.groups;
  const ms =
    span === undefined ? Date.parse(TIME.test(text) ? text : "") : nowMs + Number(span["count"]) * (UNITS[span["unit"] ?? ""] ?? 0);
  if (Number.isNaN(ms)) throw new HubError("invalid_input", "Say when it ends as 90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z");
  return ms;
}
