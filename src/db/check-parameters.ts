/**
 * Throws when a value of a query could reach the engine as something else: node:sqlite takes a Date for a set of named parameters
 * and shifts every value behind it, pg writes objects as JSON, and NaN becomes NULL. Booleans have no common form in the two engines.
 */
export function checkParameters(parameters: readonly unknown[]): void {
  for (const [index, value] of parameters.entries()) {
    if (!isStorable(value)) throw new TypeError(`Parameter ${index + 1} of a query is ${describe(value)}, which no column holds`);
  }
}

function isStorable(value: unknown): boolean {
  if (value === null || value instanceof Uint8Array) return true;
  return typeof value === "number" ? Number.isFinite(value) : typeof value === "string" || typeof value === "bigint";
}

/** Its kind alone: the value may be a secret. */
function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  return typeof value === "object" ? `a ${value?.constructor?.name ?? "bare object"}` : typeof value;
}
