import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { basic } from "../../../test/support/http-request.ts";

const HANG_UPS = 40;
const AT_ONCE = 4;

test("clients that hang up before their answer is made leave nothing of their account's share of requests in flight", async () => {
  // Nobody is remembered, so that each is hashed for, and has gone when it is known who it was.
  const limits = { "limits.verifierCacheMs": "1", "limits.requestsPerAccount": `${AT_ONCE}` };
  await using door = await startDoorHub({ flags: limits });
  assert.equal((await door.send("POST", "/laptop/config", { body: "config" })).status, 200);
  const { hostname, port } = new URL(door.url);
  for (let times = 0; times < HANG_UPS; times += 1) {
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    socket.write(`GET /laptop/config HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(door.credentials)}\r\n\r\n`);
    await sleep(2);
    socket.resetAndDestroy();
    await once(socket, "close");
  }
  const ends = performance.now() + 30_000;
  for (let served = 0; served < AT_ONCE; ) {
    const statuses = await Promise.all(Array.from({ length: AT_ONCE }, async () => (await door.send("GET", "/laptop/config")).status));
    served = statuses.filter((status) => status === 200).length;
    assert.ok(performance.now() < ends, `${statuses}`);
  }
});
