import assert from "node:assert/strict";
import { test } from "node:test";
import { type Apart, type Before, type Doing, type Replay, replayCrashes, textOf } from "./crash-replay.ts";
import { WRITING_MODES } from "./writing-modes.ts";

const MOST_REMAINS = 128;
const MODES = Object.keys(WRITING_MODES) as (keyof typeof WRITING_MODES)[]; // its own keys

/** Each thing that a client can ask for, by what it may meet. */
const TABLE: readonly (readonly [Doing, readonly Before[], readonly Apart[]])[] = [
  ["store", ["nothing", "folders", "at path", "damaged", "in trash"], ["none", "temps"]],
  ["remove", ["at path", "damaged", "at path and in trash", "in trash"], ["none", "trash"]],
  ["restore", ["in trash", "at path and in trash"], ["none", "trash"]],
  ["erase", ["at path"], ["none"]],
  ["empty trash", ["in trash", "at path and in trash"], ["none", "trash"]],
];

for (const [doing, befores, aparts] of TABLE) {
  for (const before of befores) {
    for (const apart of aparts) {
      for (const writing of doing === "store" ? MODES : (["chunks gathered"] as const)) {
        const replay: Replay = { before, doings: [doing], apart, processes: "one", writing, schedule: 0, mostRemains: MOST_REMAINS };
        test(`power that goes before or after any step keeps every promise: ${textOf(replay)}`, async (t) => {
          const { steps, remains, sampledCuts } = await replayCrashes(replay);
          t.diagnostic(`${steps} steps, ${remains} different remains, ${sampledCuts} cuts sampled`);
          assert.ok(steps > 2 && remains > steps, "nothing was done");
        });
      }
    }
  }
}

for (const [lie, what] of [
  ["syncFile", "syncs no file"],
  ["syncFolder", "syncs no folder"],
  ["sync after link", "syncs a file only when it has its name"],
] as const) {
  test(`the replay catches a disk that ${what}`, async () => {
    const replay: Replay = {
      before: "nothing",
      doings: ["store"],
      apart: "none",
      processes: "one",
      writing: "chunks gathered",
      schedule: 0,
      mostRemains: MOST_REMAINS,
    };
    await replayCrashes(replay);
    await assert.rejects(replayCrashes({ ...replay, lie }), { code: "ERR_ASSERTION", message: /half a file|at its path/ });
  });
}
