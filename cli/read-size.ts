import { parseSize } from "#lib/parse-size.ts";
import { HubError } from "#model/hub-error.ts";

/** The size behind a flag: `1GiB`, `500MB`, `none` as null. Undefined when it was not given. Throws `invalid_input`. */
export function readSize(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === "none") return null;
  const bytes = parseSize(text);
  if (bytes === undefined) throw new HubError("invalid_input", `"${text.slice(0, 20)}" is no size; write 1GiB, 500MB or none`);
  return bytes;
}
