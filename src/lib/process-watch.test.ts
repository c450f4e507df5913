import assert from "node:assert/strict";
import { test } from "node:test";
import { ProcessWatch } from "./process-watch.ts";

test("a process is dead when its beat has stood still for the length of a lease, and never because of a clock", () => {
  const watch = new ProcessWatch(100);
  const look = (beats: Record<string, number>, nowMs: number) =>
    watch.look(
      Object.entries(beats).map(([process, beat]) => ({ process, beat })),
      { own: "own", nowMs },
    );
  assert.deepEqual(look({ own: 1, a: 7, b: 3 }, 0), []);
  assert.deepEqual(look({ own: 1, a: 7, b: 4 }, 99), []);
  assert.deepEqual(look({ own: 1, a: 7, b: 4 }, 100), ["a"]);
  assert.deepEqual(look({ own: 1, b: 5 }, 250), []);
  assert.deepEqual(look({ own: 1, a: 7, b: 5 }, 349), [], "one that comes back is watched anew");
});
