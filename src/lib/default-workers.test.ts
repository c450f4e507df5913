import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultWorkers } from "./default-workers.ts";

const GIB = 1024 ** 3;

test("there are as many workers as cores, as GiB of memory, four at most and one at least", () => {
  assert.equal(defaultWorkers({ cores: 2, memoryBytes: 8 * GIB }), 2);
  assert.equal(defaultWorkers({ cores: 8, memoryBytes: 3.9 * GIB }), 3);
  assert.equal(defaultWorkers({ cores: 64, memoryBytes: 256 * GIB }), 4);
  assert.equal(defaultWorkers({ cores: 4, memoryBytes: GIB / 2 }), 1);
  assert.ok(defaultWorkers() >= 1 && defaultWorkers() <= 4);
});
