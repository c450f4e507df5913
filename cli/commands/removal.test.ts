import assert from "node:assert/strict";
import { test } from "node:test";
import { httpRequest, randomObject } from "../../test/support/http-request.ts";
import { runCommand } from "../../test/support/run-command.ts";
import { type RunningHub, startHub } from "../../test/support/start-hub.ts";

async function json(hub: RunningHub, ...args: string[]): Promise<unknown> {
  return JSON.parse((await hub.cli([...args, "--json"])).stdout);
}

async function refusal(hub: RunningHub, ...args: string[]): Promise<string> {
  const { code, stderr } = await hub.cli(args, { expectFailure: true });
  assert.equal(code, 1, stderr);
  return stderr;
}

test("the time that the clock has shown before is looked at by doctor, and reset beside a running hub, which the timeline tells", async () => {
  await using hub = await startHub({ runCommand });
  const checks = (await json(hub, "doctor")) as readonly { readonly name: string; readonly status: string }[];
  assert.equal(checks.find(({ name }) => name === "latest time")?.status, "ok");
  assert.match((await hub.cli(["clock", "reset"])).stdout, /^What ends goes by the clock again: 20/);
  assert.match((await hub.cli(["operations", "--kind", "settings.changed"])).stdout, /was set back to the clock's/);
});

test("beside a running hub: a window lets an append-only login remove, a hold stops it, and the trash gives it back", async () => {
  await using hub = await startHub({ runCommand });
  const { name, password } = await hub.addAccount("laptop", "--append-only");
  const send = (method: string, target: string, body?: Buffer) =>
    httpRequest(hub.url.restic, method, target, {
      credentials: { login: name, secret: password },
      ...(body === undefined ? {} : { body }),
    });
  const { id, bytes } = randomObject(64);
  const target = `/laptop/snapshots/${id}`;
  await send("POST", target, bytes);

  assert.equal((await send("DELETE", target)).status, 403);
  assert.match((await hub.cli(["cleanup", "list"])).stderr, /No clean-up window is open/);
  const window = (await json(hub, "cleanup", "open", "laptop", "laptop", "--reason", "yearly")) as Record<string, unknown>;
  assert.deepEqual([window["number"], window["login"], window["path"], window["open"]], [1, "laptop", "/laptop/", true]);
  const hold = (await json(hub, "hold", "add", "laptop", "--newer-than", "30", "--reason", "ransom")) as Record<string, unknown>;
  assert.deepEqual([hold["number"], hold["path"], hold["until"], hold["newerThanDays"]], [1, "/laptop/", null, 30]);
  assert.equal((await send("DELETE", target)).reason, "Held for 30 days after arrival: ransom");
  assert.match((await hub.cli(["hold", "list"])).stdout, /1 {7}\/laptop\/ {2}until it has lain here for 30 days {2}ransom/);
  await hub.cli(["hold", "remove", "1"]);
  assert.equal((await send("DELETE", target)).status, 200);
  assert.match((await hub.cli(["cleanup", "close", "1"])).stdout, /Window 1 is closed/);
  assert.match((await hub.cli(["cleanup", "close", "1"])).stdout, /was over already/);

  const [sum] = (await json(hub, "trash", "list")) as Record<string, unknown>[];
  assert.deepEqual([sum?.["repository"], sum?.["objects"], sum?.["sizeBytes"]], ["/laptop/", 1, 64]);
  const [object] = (await json(hub, "trash", "list", "--objects", "--path", "/laptop/snapshots")) as Record<string, unknown>[];
  assert.equal(object?.["path"], target);
  assert.match((await hub.cli(["trash", "empty"])).stdout, /0 objects with 0 B are erased\.\n1 with 64 B stay/);
  assert.match((await hub.cli(["trash", "restore", target])).stdout, /1 objects with 64 B are back in \/laptop\//);
  assert.deepEqual((await send("GET", target)).body, bytes);
  assert.match(await refusal(hub, "trash", "restore", target), /There is nothing of this in the trash/);
});

test("a mark keeps maintain from removing without a window; before their time things are erased only with --yes", async () => {
  await using hub = await startHub({ runCommand });
  const { name, password } = await hub.addAccount("nas");
  const send = (method: string, target: string, body?: Buffer) =>
    httpRequest(hub.url.restic, method, target, {
      credentials: { login: name, secret: password },
      ...(body === undefined ? {} : { body }),
    });
  const { id, bytes } = randomObject(64);
  await send("POST", `/nas/data/${id}`, bytes);
  assert.deepEqual(await json(hub, "repository", "set", "nas", "--cleanup-only", "on"), { path: "/nas/", cleanupOnly: true, by: "/nas/" });
  assert.equal((await send("DELETE", `/nas/data/${id}`)).status, 403);
  assert.match((await hub.cli(["repository", "set", "nas", "--cleanup-only", "off"])).stdout, /removes at any time/);
  assert.equal((await send("DELETE", `/nas/data/${id}`)).status, 200);
  assert.match(await refusal(hub, "trash", "empty", "--before-hold"), /add --yes/);
  assert.deepEqual(await json(hub, "trash", "empty", "--before-hold", "--yes"), {
    objects: 1,
    sizeBytes: 64,
    left: { objects: 0, sizeBytes: 0 },
  });
});

test("what the commands of removal cannot make sense of is one line that says how", async () => {
  await using hub = await startHub({ runCommand });
  await hub.addAccount("laptop");
  const refused: [args: string, reason: RegExp][] = [
    ["hold add laptop --reason x", /one of --until, --days and --newer-than/],
    ["hold add laptop --days 1 --newer-than 1 --reason x", /one of --until, --days and --newer-than/],
    ["hold add laptop --until tomorrow --reason x", /--until takes/],
    ["hold add laptop --until 2001-01-01 --reason x", /ends in the future/],
    ["hold add laptop --days 0 --reason x", /--days is a number above 0/],
    ["hold remove 7", /There is no hold 7/],
    ["hold remove x", /a number above 0/],
    ["cleanup open nobody laptop --reason x", /There is no login nobody/],
    ["cleanup open laptop laptop --minutes 1441 --reason x", /at most 1440 minutes/],
    ["cleanup close 7", /There is no clean-up window 7/],
    ["trash restore laptop --at yesterday", /2026-11-21T17/],
    ["trash restore laptop/data/abc", /64 hex digits/],
  ];
  for (const [args, reason] of refused) assert.match(await refusal(hub, ...args.split(" ")), reason);
});
