import assert from "node:assert/strict";
import { test } from "node:test";
import { type Apart, type Before, type Doing, type Replay, replayCrashes } from "./crash-replay.ts";
import { WRITING_MODES } from "./writing-modes.ts";

const SCHEDULES = 3;
const MOST_REMAINS = 8;
const MODES = Object.keys(WRITING_MODES) as (keyof typeof WRITING_MODES)[]; // its own keys

/** Two clients at one file at once, and what they may meet. */
const PAIRS: readonly (readonly [Doing, Doing, readonly Before[]])[] = [
  ["store", "store", ["nothing", "damaged"]],
  ["store", "remove", ["nothing", "at path", "damaged", "in trash"]],
  ["remove", "remove", ["at path", "at path and in trash"]],
  ["restore", "store", ["in trash"]],
  ["restore", "remove", ["in trash", "at path and in trash"]],
  ["restore", "restore", ["in trash"]],
  ["empty trash", "restore", ["in trash"]],
  ["empty trash", "remove", ["at path and in trash"]],
  ["erase", "store", ["at path"]],
];

for (const [one, other, befores] of PAIRS) {
  for (const apart of apartsOf(one, other)) {
    test(`power that goes while ${one} and ${other} are at the same file keeps every promise${apart === "none" ? "" : `, ${apart} apart`}`, async (t) => {
      let [cuts, remains] = [0, 0];
      for (const before of befores) {
        for (const processes of ["one", "each its own"] as const) {
          for (let schedule = 1; schedule <= SCHEDULES; schedule += 1) {
            const writing = MODES[schedule % MODES.length] ?? "chunks gathered";
            const replay: Replay = { before, doings: [one, other], apart, processes, writing, schedule, mostRemains: MOST_REMAINS };
            const count = await replayCrashes(replay);
            cuts += count.steps + 1;
            remains += count.remains;
          }
        }
      }
      t.diagnostic(`${cuts} cuts, ${remains} remains`);
      assert.ok(remains > cuts, "nothing was done");
    });
  }
}

function apartsOf(one: Doing, other: Doing): readonly Apart[] {
  return one === "erase" || (one === "store" && other === "store") ? ["none", "temps"] : ["none", "trash"];
}
