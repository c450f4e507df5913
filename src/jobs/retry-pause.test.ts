import assert from "node:assert/strict";
import { test } from "node:test";
import { retryPauseMs } from "./retry-pause.ts";

test("the pause after a failure doubles, and stays at its longest however often it fails", () => {
  const pauses = [0, 1, 2, 3, 4, 5, 100_000].map((attempts) => retryPauseMs(attempts, { firstMs: 10, mostMs: 75 }));
  assert.deepEqual(pauses, [10, 10, 20, 40, 75, 75, 75]);
});
