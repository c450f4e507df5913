import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { addAccount } from "#domain/access/add-account.ts";
import { OPERATOR } from "#model/actor.ts";
import { type DoorHub, startDoorHub } from "../support/door-hub.ts";
import { httpRequest, type Reply, randomObject } from "../support/http-request.ts";
import { findPostgres, runSql, startPostgres } from "../support/postgres.ts";
import { openValve, type TcpValve } from "../support/tcp-valve.ts";

const skip = findPostgres() === undefined && "PostgreSQL is not installed here";

/** A hub whose way to its PostgreSQL can be shut, with short patience. */
async function openHub(serverUrl: string, valve: TcpValve): Promise<DoorHub> {
  const url = new URL(serverUrl);
  url.port = String(valve.port);
  const flags = {
    databaseUrl: url.href,
    "limits.databaseBusyMs": "500",
    "limits.databaseWaitMs": "1000",
    "limits.postgresConnections": "3",
  };
  const door = await startDoorHub({ flags });
  assert.equal((await door.send("POST", "/laptop/config", { body: "config" })).status, 200);
  return door;
}

async function waitUntil(claim: () => Promise<boolean>, what: string): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  while (!(await claim())) {
    assert.ok(performance.now() < deadlineMs, what);
    await sleep(200);
  }
}

const readiness = (door: DoorHub): Promise<Reply> => httpRequest(door.hub.addresses["main"] ?? "", "GET", "/readyz");

test("PostgreSQL that goes away or says nothing more is 503, which restic asks again, and a line now and then; it is over when it is back", {
  skip,
}, async () => {
  await using server = await startPostgres();
  await using valve = await openValve(Number(new URL(server.url).port));
  await using door = await openHub(server.url, valve);
  for (const flow of ["closed", "stuck"] as const) {
    valve.set(flow);
    await sleep(1100); // what is known of accounts is a second old at most
    const { id, bytes } = randomObject(1000);
    const startedAtMs = performance.now();
    const reply = await door.send("POST", `/laptop/data/${id}`, { body: bytes });
    assert.equal(reply.status, 503, `${flow}: ${reply.reason}`);
    assert.match(reply.reason, /PostgreSQL does not answer/);
    assert.ok(performance.now() - startedAtMs < 60_000, "a request waits for ever");
    assert.equal((await httpRequest(door.url, "GET", "/laptop/config", { credentials: { login: "nobody", secret: "x" } })).status, 503);
    await waitUntil(
      async () => (await readiness(door)).body.toString() === "The database does not answer\n",
      `${flow}: it says it is ready`,
    );
    const before = door.logLines.length;
    await Promise.all(Array.from({ length: 30 }, () => door.send("HEAD", "/laptop/config")));
    assert.ok(door.logLines.length - before < 25, `${flow}: ${door.logLines.length - before} lines for 30 requests`);

    valve.set("open");
    await waitUntil(async () => (await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status === 200, `${flow}: still refused`);
    assert.deepEqual((await door.send("GET", `/laptop/data/${id}`)).body, bytes);
    await waitUntil(async () => (await readiness(door)).status === 204, `${flow}: still not ready`);
  }
});

test("PostgreSQL whose tables somebody holds refuses changes in time, serves what needs none, and every connection comes back", {
  skip,
}, async () => {
  await using server = await startPostgres();
  await using valve = await openValve(Number(new URL(server.url).port));
  await using door = await openHub(server.url, valve);
  const held = runSql(server.url, "begin; lock table account in share mode; select pg_sleep(10); commit");
  await sleep(500);
  const changes = Array.from({ length: 10 }, (_, index) =>
    addAccount(door.hub.core, OPERATOR, { name: `other${index}`, appendOnly: false }).then(
      () => "done",
      (error: { readonly code: string }) => error.code,
    ),
  );
  const { id, bytes } = randomObject(1000);
  await waitUntil(async () => (await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status === 200, "a backup is held up");
  assert.deepEqual(new Set(await Promise.all(changes)), new Set(["unavailable"]));
  await held;
  for (let index = 0; index < 5; index += 1) await addAccount(door.hub.core, OPERATOR, { name: `later${index}`, appendOnly: false });
});

test("PostgreSQL that ends every connection of the hub at once costs it no restart of its own", { skip }, async () => {
  await using server = await startPostgres();
  await using valve = await openValve(Number(new URL(server.url).port));
  await using door = await openHub(server.url, valve);
  // As an immediate shutdown does: every connection of the hub ends in the midst.
  await runSql(server.url, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast'");
  const { id, bytes } = randomObject(1000);
  await waitUntil(async () => (await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status === 200, "still refused");
  await addAccount(door.hub.core, OPERATOR, { name: "desktop", appendOnly: false });
});
