/** The middle of some numbers, and how far apart they lie. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The middle value, of an even count the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** Undefined of nothing. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * One quotient for each round that both have, so that a machine whose speed drifts from round to round does not decide. Rounds in which
 * one of them has no figure, or the divisor is 0, are left out.
 */
export function ratios(ours: ReadonlyMap<number, number>, theirs: ReadonlyMap<number, number>): number[] {
  return [...ours].flatMap(([round, value]) => {
    const peer = theirs.get(round);
    return peer === undefined || peer === 0 || !Number.isFinite(value / peer) ? [] : [value / peer];
  });
}

/** The order in which `items` take their turns in a round: each round another begins. */
export function rotate<Item>(items: readonly Item[], round: number): Item[] {
  const start = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
