import { HubError } from "#model/hub-error.ts";
import type { IncomingBytes } from "#model/incoming-bytes.ts";

/**
 * The same bytes, but never more than `mostBytes`: `too_large` at once when more are declared, else as soon as more have come.
 */
export function boundedBody(body: IncomingBytes, mostBytes: number): AsyncIterable<Uint8Array> {
  const refusal = () => new HubError("too_large", `Too large: objects of this type have at most ${mostBytes} bytes`);
  if (body.lengthBytes !== undefined && body.lengthBytes > mostBytes) throw refusal();
  return (async function* () {
    let seenBytes = 0;
    for await (const chunk of body) {
      seenBytes += chunk.length;
      if (seenBytes > mostBytes) throw refusal();
      yield chunk;
    }
  })();
}

/** All of a body at once. Only for bodies with a small bound. */
export async function collectBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  // A chunk belongs to its sender again once the next is asked for.
  for await (const chunk of body) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}
