import { HubError } from "#model/hub-error.ts";

/** A number above 0 from the command line, `1.5` say. Throws `invalid_input` that names `what`. */
export function readNumber(text: string, what: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0)) throw new HubError("invalid_input", `${what} is a number above 0`);
  return value;
}

/** The number of a hold or window, as its list shows it. Throws `invalid_input`. */
export function readId(text: string): number {
  const id = readNumber(text, "It");
  if (!Number.isSafeInteger(id)) throw new HubError("invalid_input", "It goes by the number that its list shows");
  return id;
}
