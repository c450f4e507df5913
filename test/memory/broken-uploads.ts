import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../support/http-request.ts";
import { openWire, requestHead, type WireClient } from "../support/wire-client.ts";
import { type LoadTarget, MIB, signIn } from "./load.ts";

const AT_ONCE = 20;
const PACK = Buffer.alloc(2 * MIB, 7);

/** Each breaks an upload off at another moment. */
const MOMENTS: readonly ((client: WireClient, head: string) => Promise<unknown>)[] = [
  async (client, head) => await client.send(head.slice(0, head.length / 2)),
  async (client, head) => await client.send(head),
  async (client, head) => await client.send(`${head}x`),
  async (client, head) => (await client.send(head)) && (await client.send(PACK.subarray(0, 70_000))),
  async (client, head) => (await client.send(head)) && (await client.send(PACK.subarray(0, PACK.length - 1))),
  // All of it is there, and nobody waits for the answer.
  async (client, head) => (await client.send(head)) && (await client.send(PACK)),
  // ... or waits a moment: in the middle of the sync, of giving the name, of the reply.
  async (client, head) => (await client.send(head)) && (await client.send(PACK)) && (await sleep(3)),
  async (client, head) => (await client.send(head)) && (await client.send(PACK)) && (await sleep(12)),
];

/** Begins so many uploads and breaks each off, at every moment there is, half of them with a reset and half with an end. */
export async function breakUploads(target: LoadTarget, { count }: { readonly count: number }): Promise<void> {
  let next = 0;
  const breakInTurn = async () => {
    for (let index = next++; index < count; index = next++) {
      using client = await openWire(target.url);
      const name = sha256(Buffer.from(`${index}`)); // not that of the bytes: what does arrive whole is refused
      const head = requestHead("POST", `/${target.login}/data/${name}`, { ...signIn(target), "Content-Length": PACK.length });
      await MOMENTS[Math.floor(index / 2) % MOMENTS.length]?.(client, head);
      if (index % 2 === 0) {
        client.socket.resetAndDestroy();
      } else {
        client.socket.end();
        client.socket.resume(); // an answer, if there is one, and the end
        await Promise.race([client.closed, sleep(2000, undefined, { ref: false })]);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, breakInTurn));
}
