const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** UTC milliseconds of `2d` (so long before `nowMs`) or of an ISO 8601 date or time, UTC unless it says otherwise; undefined for anything else. */
export function readTime(text: string, nowMs: number): number | undefined {
  const ago = /^(?<number>\d{1,6})(?<unit>[smhdw])$/.exec(text)?.groups;
  if (ago !== undefined) return nowMs - Number(ago["number"]) * (UNITS_MS[ago["unit"] ?? ""] ?? 0);
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text)) return undefined;
  const atMs = Date.parse(/T[^Z+-]*$/.test(text) ? `${text}Z` : text);
  return Number.isNaN(atMs) ? undefined : atMs;
}
