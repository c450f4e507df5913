const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A length of time as people write it, `90d`, `24h`, `30m`, `2w`, `45s`, in milliseconds. Undefined for anything else, and for none at all. */
export function parseDuration(text: string): number | undefined {
  const groups = /^(?<count>[1-9]\d{0,8})(?<unit>[smhdw])$/.exec(text)?.groups;
  return groups === undefined ? undefined : Number(groups["count"]) * (UNITS[groups["unit"] ?? ""] ?? 0);
}

/** A moment: a day (`2027-01-01`, its beginning in UTC), an ISO 8601 time with its zone, or a duration from now. Undefined for anything else. */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const duration = parseDuration(text);
  if (duration !== undefined) return nowMs + duration;
  const groups = /^(?<day>\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text)?.groups;
  const ms = groups === undefined ? Number.NaN : Date.parse(text);
  // Date.parse takes 2027-02-30 for the second of March.
  const day = groups?.["day"] ?? "";
  return Number.isNaN(ms) || new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day ? undefined : ms;
}
