import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { untilAborted } from "./until-aborted.ts";

test("what a promise comes to, and nothing is left on the signal", async () => {
  const { signal } = new AbortController();
  assert.equal(await untilAborted(Promise.resolve(5), signal), 5);
  await assert.rejects(untilAborted(Promise.reject(new Error("it failed")), signal), /it failed/);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("an abort ends the waiting at once, before and during it", async () => {
  const never = new Promise<never>(() => undefined);
  const during = new AbortController();
  const waiting = untilAborted(never, during.signal);
  during.abort(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  await assert.rejects(untilAborted(never, AbortSignal.abort(new Error("gone before"))), /gone before/);
});
