import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Door, Peer } from "#http/exchange.ts";
import { resetBehind, resetBehindHandshake } from "../../test/support/reset-behind.ts";
import { selfSigned, withoutOpenssl } from "../../test/support/self-signed.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { openTestGate, type TestGateOptions, talk } from "./open-test-gate.ts";

// The system forgets the address of the other end with a reset, and still hands over what came before it.
const TRIES = 20;
const HEAD = "Host: localhost\r\nX-User: admin\r\nX-Forwarded-For: 198.51.100.9\r\n";
const REQUEST = `DELETE /x HTTP/1.1\r\n${HEAD}\r\n`;

/** A gate that believes whoever comes through a unix socket, and the peers that its door has seen. */
async function openWatched(options: TestGateOptions) {
  const peers: Peer[] = [];
  const door: Door = async (exchange) => {
    peers.push(exchange.peer);
    await exchange.reply(200);
  };
  const hub = await openTestGate(door, { ...options, proxy: { peers: ["unix"], userHeader: "X-User" } });
  return { hub, peers, [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() };
}

/** Those who do not come from where all come from here, or are vouched for. */
function impostors(peers: readonly Peer[]): readonly Peer[] {
  return peers.filter(({ address, vouchedUser }) => address !== "127.0.0.1" || vouchedUser !== undefined);
}

test("a client that resets its connection right behind a request does not pass for one on a unix socket", async () => {
  await using it = await openWatched({});
  resetBehind(it.hub.port, REQUEST, TRIES);
  await sleep(50);
  assert.match((await talk(it.hub.port, `GET / HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`)).text, /^HTTP\/1\.1 200 /);
  assert.deepEqual(impostors(it.peers), []);
  assert.ok(it.hub.logged("request").every(({ address }) => address === "127.0.0.1"));
});

test("nor does one that resets it right behind the handshake of TLS", { skip: withoutOpenssl() }, async () => {
  await using folder = await tempFolder();
  const { cert, key } = await selfSigned(folder.path);
  await using it = await openWatched({ tls: { certPath: cert, keyPath: key, minVersion: "TLSv1.2" } });
  for (const protocol of ["http/1.1", "h2"]) {
    for (let tries = 0; tries < TRIES; tries += 1) await resetBehindHandshake(it.hub.port, REQUEST, { protocol });
  }
  await sleep(50);
  assert.deepEqual(impostors(it.peers), []);
});
