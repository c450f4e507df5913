import assert from "node:assert/strict";
import { test } from "node:test";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { type RequestOptions, randomObject } from "../../../test/support/http-request.ts";

const FLAGS = { "log.level": "info", "log.format": "json", "proxy.peers": "127.0.0.1" };
const headers = { "x-forwarded-for": "192.0.2.7" };

/** The line of the log about one request, without what is its own each time. */
async function lineOf(door: DoorHub, method: string, target: string, options: RequestOptions = {}): Promise<unknown> {
  const seen = door.logLines.length;
  await door.send(method, target, { headers, ...options });
  for (let tries = 0; tries < 500; tries += 1) {
    const lines = door.logLines.slice(seen).map((line) => JSON.parse(line) as Record<string, unknown>); // our own log
    const found = lines.find(({ message }) => message === "request");
    if (found !== undefined) {
      return Object.fromEntries(
        ["status", "account", "login", "address", "method", "target", "refused", "why"]
          .filter((name) => name in found)
          .map((name) => [name, found[name]]),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("no line about it");
}

test("7.3: every DELETE, 401 and 403 stands in the log with who, where from, which object and why", async () => {
  await using door = await startDoorHub({ flags: FLAGS, role: "backup" });
  const { id, bytes } = randomObject(100);
  const known = { account: "laptop", login: "laptop", address: "192.0.2.7" };
  await door.send("POST", `/laptop/locks/${id}`, { body: bytes });
  const target = `/laptop/locks/${id}`;
  assert.deepEqual(await lineOf(door, "DELETE", target), { ...known, status: 200, method: "DELETE", target });
  const pack = `/laptop/data/${id}`;
  assert.deepEqual(await lineOf(door, "DELETE", pack), {
    ...known,
    status: 403,
    method: "DELETE",
    target: pack,
    refused: "append_only",
    why: "Append-only: this account may add but not remove",
  });
  const bob = await door.addAccount("bob");
  assert.deepEqual(await lineOf(door, "GET", pack, { credentials: bob }), {
    ...known,
    account: "bob",
    login: "bob",
    status: 403,
    method: "GET",
    target: pack,
    refused: "forbidden",
    why: "bob has no role on /laptop/",
  });
  const guess = { login: "laptop", secret: "a wrong guess" };
  assert.deepEqual(await lineOf(door, "DELETE", pack, { credentials: guess }), {
    status: 401,
    login: "laptop",
    address: "192.0.2.7",
    method: "DELETE",
    target: pack,
    refused: "unauthenticated",
    why: "Wrong user name or password",
  });
  assert.ok(!door.logLines.some((line) => line.includes(guess.secret) || line.includes(door.credentials.secret)));
});
