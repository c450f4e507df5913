import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../support/http-request.ts";
import { openWire } from "../support/wire-client.ts";
import { type LoadTarget, MIB, signIn } from "./load.ts";
import { postPack } from "./uploads.ts";

/**
 * Asks for one pack of 16 MiB on so many streams of each of so many HTTP/2 connections, takes one window of each and no more for
 * `heldMs`; then hangs up.
 */
export async function readNothingOverHttp2(
  target: LoadTarget,
  { sessions, streams, heldMs }: { readonly sessions: number; readonly streams: number; readonly heldMs: number },
): Promise<void> {
  assert.ok(target.secureUrl !== undefined);
  const pack = Buffer.alloc(16 * MIB, 9);
  using uploader = await openWire(target.secureUrl);
  assert.equal(await postPack(uploader, target, pack), 200);
  using held = new DisposableStack();
  for (let index = 0; index < sessions; index += 1) {
    const session = held.adopt(await openSession(target.secureUrl), (one) => one.destroy());
    const answered = Array.from({ length: streams }, async () => {
      const stream = session.request({ ":path": `/${target.login}/data/${sha256(pack)}`, authorization: signIn(target).Authorization });
      stream.on("error", () => undefined); // when it is hung up on
      stream.pause();
      const [headers] = await once(stream, "response");
      assert.equal(headers[":status"], 200);
    });
    await Promise.all(answered);
  }
  await sleep(heldMs);
}

async function openSession(url: string): Promise<ClientHttp2Session> {
  const session = connect(url, { rejectUnauthorized: false });
  session.on("error", () => undefined);
  await once(session, "connect");
  return session;
}
