import type { RequestedRange } from "#model/byte-range.ts";

/**
 * Reads a `Range` header by the table of spec/restic-rest.md section 1.4. Undefined without one; `ignore` (answer with the whole)
 * for other units, an empty list and several ranges; `unsatisfiable` (416) for bytes that cannot be read or cannot exist. Numbers
 * above 2^53 are clipped.
 */
export function parseRange(header: string | undefined): RequestedRange | "ignore" | "unsatisfiable" | undefined {
  if (header === undefined) return undefined;
  const [, unit, list] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(header) ?? [];
  if (unit === undefined || list === undefined || unit.toLowerCase() !== "bytes") return "ignore";
  if (list === "" || list.includes(",")) return "ignore";
  if (unit !== "bytes") return "unsatisfiable"; // what rest-server does with `BYTES=0-3`

  const numbers = /^(?<first>\d*)-(?<last>\d*)$/.exec(list)?.groups;
  const first = clipped(numbers?.["first"]);
  const last = clipped(numbers?.["last"]);
  if (first === undefined) return last === undefined || last === 0 ? "unsatisfiable" : { suffix: last };
  return last !== undefined && last < first ? "unsatisfiable" : { first, last };
}

function clipped(digits: string | undefined): number | undefined {
  return digits === undefined || digits === "" ? undefined : Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}
