/**
 * The first text behind everything that lies at or below `path`, which ends in a slash. A range instead of LIKE, which would take `%` and
 * `_` for patterns: "0" is the character behind "/".
 */
export function endOfBelow(path: string): string {
  return `${path.slice(0, -1)}0`;
}
