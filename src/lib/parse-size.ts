const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  PB: 1e15,
  K: 2 ** 10,
  KIB: 2 ** 10,
  M: 2 ** 20,
  MIB: 2 ** 20,
  G: 2 ** 30,
  GIB: 2 ** 30,
  T: 2 ** 40,
  TIB: 2 ** 40,
  P: 2 ** 50,
  PIB: 2 ** 50,
};

/**
 * A size as people write it, in bytes: `1GiB`, `1.5 GiB`, `500MB` (decimal), `20M` (binary, as in restic), `4096`. Undefined for
 * anything else and for more than a number can hold exactly.
 */
export function parseSize(text: string): number | undefined {
  const { number, unit } = /^\s*(?<number>\d{1,16}(?:\.\d{1,6})?)\s*(?<unit>[a-zA-Z]*)\s*$/.exec(text)?.groups ?? {};
  const factor = UNITS[unit?.toUpperCase() ?? "?"];
  if (number === undefined || factor === undefined) return undefined;
  const bytes = Math.round(Number(number) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
