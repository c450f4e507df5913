import type { IncomingBody } from "#http/exchange.ts";
import { HubError } from "#model/hub-error.ts";
import { InvalidRequest } from "./errors.ts";

/**
 * Reads a body of at most `mostBytes` as JSON; undefined for an empty one. Throws `too_large`, `incomplete`, and `InvalidRequest` for
 * what is no JSON. Nothing of a body whose declared length is too much is read.
 */
export async function readJson(body: IncomingBody, mostBytes: number): Promise<unknown> {
  if ((body.lengthBytes ?? 0) > mostBytes) throw tooLarge(mostBytes);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw tooLarge(mostBytes);
    chunks.push(Uint8Array.from(chunk)); // its memory is its sender's again once the next is asked for
  }
  if (bytes === 0) return undefined;
  return parse(utf8(Buffer.concat(chunks)));
}

function tooLarge(mostBytes: number): HubError {
  return new HubError("too_large", `A body has at most ${mostBytes} bytes here`);
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidRequest([{ pointer: "#", detail: "The body is not valid UTF-8" }]);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidRequest([{ pointer: "#", detail: "The body is not valid JSON" }]);
  }
}
