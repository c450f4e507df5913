import assert from "node:assert/strict";
import { test } from "node:test";
import type { Peer } from "#http/exchange.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import { openTestGate } from "./open-test-gate.ts";
import { Proxies } from "./proxies.ts";

const headers = (fields: readonly (readonly [string, string])[]) => fields.flat();

test("from a listed proxy the user and the client's address are taken, the address from the last hop that is no proxy", () => {
  const proxies = new Proxies({ peers: ["10.0.0.0/8", "fd00::/16", "192.0.2.7", "unix"], userHeader: "X-Remote-User" });
  const peerOf = (address: PeerAddress, ...fields: [string, string][]) => proxies.peerOf({ address, rawHeaders: headers(fields) });
  const user: [string, string] = ["x-remote-user", "laptop"];
  assert.deepEqual(peerOf("10.1.2.3", user, ["X-Forwarded-For", "198.51.100.9"]), { address: "198.51.100.9", vouchedUser: "laptop" });
  assert.deepEqual(
    peerOf("192.0.2.7", user, ["X-Forwarded-For", "6.6.6.6, 198.51.100.9:443"], ["x-forwarded-for", " 10.2.2.2"]).address,
    "198.51.100.9",
  );
  assert.deepEqual(peerOf("fd00::1", user, ["X-Forwarded-For", "[2001:db8::1]:99"]).address, "2001:db8::1");
  assert.deepEqual(peerOf("10.1.2.3", user), { address: "10.1.2.3", vouchedUser: "laptop" });
  assert.deepEqual(peerOf("10.1.2.3", ["X-Forwarded-For", "198.51.100.9, nonsense"]), { address: "10.1.2.3", vouchedUser: "" });
  assert.deepEqual(peerOf("10.1.2.3", ["X-Forwarded-For", "10.0.0.5"]).address, "10.0.0.5");
  assert.deepEqual(peerOf("unix", user), { address: "unix", vouchedUser: "laptop" });
});

test("nobody is vouched for when the proxy's header is missing or stands there twice", () => {
  const proxies = new Proxies({ peers: ["10.0.0.1"], userHeader: "remote-user" });
  const vouched = (...fields: [string, string][]) => proxies.peerOf({ address: "10.0.0.1", rawHeaders: headers(fields) }).vouchedUser;
  assert.equal(vouched(), "");
  assert.equal(vouched(["Remote-User", "a"], ["remote-user", "b"]), "");
  assert.equal(vouched(["Remote-User", Buffer.from("jürgen").toString("latin1")]), "jürgen");
});

test("what anyone else sends in a proxy's headers is not looked at", () => {
  const proxies = new Proxies({ peers: ["10.0.0.0/8"], userHeader: "x-remote-user" });
  const rawHeaders = headers([
    ["X-Remote-User", "admin"],
    ["X-Forwarded-For", "10.0.0.1"],
  ]);
  assert.deepEqual(proxies.peerOf({ address: "11.0.0.1", rawHeaders }), { address: "11.0.0.1", vouchedUser: undefined });
  assert.deepEqual(proxies.peerOf({ address: "unix", rawHeaders }), { address: "unix", vouchedUser: undefined });
  const none = new Proxies({ peers: ["10.0.0.1"], userHeader: undefined });
  assert.equal(none.peerOf({ address: "10.0.0.1", rawHeaders }).vouchedUser, undefined);
});

test("a proxy that cannot be meant is refused by name", () => {
  for (const peer of ["", "proxy.example", "10.0.0.0/33", "10.0.0.0/x", "::/129", "10.0.0.1/"]) {
    assert.throws(() => new Proxies({ peers: [peer], userHeader: undefined }), new RegExp(`proxy\\.peers: "${peer}"`), peer);
  }
});

test("doors and the log see whom the proxy names, and a proxy may have any number of connections", async () => {
  const peers: Peer[] = [];
  await using hub = await openTestGate(
    async (exchange) => {
      peers.push(exchange.peer);
      await exchange.reply(200);
    },
    { proxy: { peers: ["127.0.0.0/8"], userHeader: "X-User" }, limits: { connectionsPerAddress: 1 } },
  );
  const ask = async () => await fetch(hub.url, { headers: { "X-User": "laptop", "X-Forwarded-For": "198.51.100.9" } });
  const replies = await Promise.all(Array.from({ length: 5 }, ask));
  assert.ok(replies.every((reply) => reply.status === 200));
  assert.deepEqual(peers[0], { address: "198.51.100.9", vouchedUser: "laptop" });
  assert.equal((await hub.waitForLog("request", 5))[0]?.["address"], "198.51.100.9");
});
