import assert from "node:assert/strict";
import { test } from "node:test";
import { tempFolder } from "../support/temp-folder.ts";
import { runCrashRounds, TREE } from "./crash-run.ts";
import { newestRestic } from "./restic-load.ts";
import { newTally, summaryOf } from "./tally.ts";

/** A short run of crash rounds as a test. */
export function crashTest(name: string, { rounds, seed }: { readonly rounds: number; readonly seed: number }): void {
  test(name, async (t) => {
    await using folder = await tempFolder();
    const tally = newTally({ seed, workers: undefined, first: 0 });
    await runCrashRounds(tally, {
      rounds,
      folder: folder.path,
      tree: TREE,
      workers: undefined,
      renewEvery: rounds,
      readDataEvery: rounds,
      keep: false,
      signal: t.signal,
      afterRound: () => undefined,
    });
    if (newestRestic() === undefined) t.diagnostic("without restic, which is not there: raw clients only");
    assert.deepEqual(tally.failures, [], `repeat with npm run crash -- --seed ${seed} --rounds ${rounds}\n${summaryOf(tally)}`);
    assert.equal(tally.roundsDone, rounds);
    assert.ok(tally.acknowledged.post > rounds, summaryOf(tally));
  });
}
