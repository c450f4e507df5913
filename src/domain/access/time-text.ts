/** A time in a sentence: to the second, in UTC. */
export function timeText(ms: number): string {
  // The last that has four digits for its year: a hold may be set for as good as ever.
  return new Date(Math.min(ms, 253_402_300_799_999)).toISOString().replace(/\.\d+Z$/, "Z");
}
