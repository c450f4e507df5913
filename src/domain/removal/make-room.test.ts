import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomMaking } from "./make-room.ts";

test("that there is nothing to gain on one disk is remembered for a minute, and of no other", async () => {
  let nowMs = 0;
  const making = new RoomMaking(() => nowMs);
  const erases = (bytes: number) => async () => bytes;
  assert.equal(await making.run("restic/old", erases(0)), 0);
  assert.equal(await making.run("restic/old", erases(5)), 0);
  assert.equal(await making.run("", erases(5)), 5);
  assert.equal(await making.run(undefined, erases(5)), 5);
  nowMs = 60_000;
  assert.equal(await making.run("restic/old", erases(5)), 5);
});

test("who needs room on one disk waits for whoever makes it there, and for nobody else", async () => {
  const making = new RoomMaking(() => 0);
  const first = Promise.withResolvers<number>();
  const waiting = [making.run("restic/old", () => first.promise), making.run("restic/old", assert.fail)];
  assert.equal(await making.run("", async () => 7), 7);
  first.resolve(3);
  assert.deepEqual(await Promise.all(waiting), [3, 3]);
});
