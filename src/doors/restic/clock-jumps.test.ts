import assert from "node:assert/strict";
import { test } from "node:test";
import { restoreTrash } from "#domain/removal/restore-trash.ts";
import { OPERATOR } from "#model/actor.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";

const HOUR_MS = 3_600_000;
const SIGNAL = new AbortController().signal;

test("a clock that jumps by hours and days, forward and back, disturbs no backup, no sign-in and not the order of the timeline", async () => {
  let offsetMs = 0;
  await using door = await startDoorHub({ clock: () => Date.now() + offsetMs });
  const { core } = door.hub;
  assert.equal((await door.send("POST", "/laptop/config", { body: "config" })).status, 200);
  const told: string[] = [];
  for (const hours of [0, 6, -6, 24 * 40, -24 * 40, 0]) {
    offsetMs = hours * HOUR_MS;
    const what = `${hours} h`;
    const { id, bytes } = randomObject(1000);
    const target = `/laptop/snapshots/${id}`;
    assert.equal((await door.send("POST", target, { body: bytes })).status, 200, what);
    assert.deepEqual((await door.send("GET", target)).body, bytes, what);
    assert.match((await door.send("GET", "/laptop/snapshots/")).body.toString(), new RegExp(id), what);
    assert.equal((await door.send("DELETE", target)).status, 200, what);
    assert.equal((await door.send("GET", target)).status, 404, what);
    await restoreTrash(core, OPERATOR, { path: `/laptop/snapshots/${id}` }, SIGNAL);
    assert.deepEqual((await door.send("GET", target)).body, bytes, what);
    const wrong = { login: door.credentials.login, secret: "wrong" };
    assert.equal((await door.send("GET", target, { credentials: wrong })).status, 401, what);
    core.timeline.record({
      kind: "hub.started",
      status: "succeeded",
      startedAtMs: core.clock(),
      endedAtMs: core.clock(),
      actor: OPERATOR,
      summary: `at ${what}`,
    });
    await core.timeline.flush();
    told.unshift(`at ${what}`);
  }
  const { operations } = await core.database.list("listOperations", { filter: { kinds: ["hub.started"] }, limit: 50 });
  assert.deepEqual(
    operations.map(({ summary }) => summary).filter((summary) => summary.startsWith("at ")),
    told,
  );
});
