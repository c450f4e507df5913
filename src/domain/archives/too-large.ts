import { HubError } from "#model/hub-error.ts";

/** The refusal of more bytes than one archive may have. */
export function tooLarge(mostBytes: number): HubError {
  return new HubError("too_large", `Too large: a file has at most ${mostBytes} bytes here`);
}
