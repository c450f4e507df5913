/** ISO 8601 in UTC, to the millisecond: for scripts. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** The UTC day: for tables. */
export function dayOf(ms: number): string {
  return timeOf(ms).slice(0, 10);
}
