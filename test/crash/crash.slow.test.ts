import assert from "node:assert/strict";
import { test } from "node:test";
import { tempFolder } from "../support/temp-folder.ts";
import { runCrashRounds, TREE } from "./crash-run.ts";
import { newestRestic } from "./restic-load.ts";
import { newTally, summaryOf } from "./tally.ts";

for (const { workers, rounds, seed } of [
  { workers: 1, rounds: 8, seed: 5 },
  { workers: 2, rounds: 8, seed: 6 },
]) {
  const hub = workers === 1 ? "one process" : `${workers} workers`;
  test(`HB-3: a hub of ${hub} that is killed under load keeps what it has acknowledged`, async (t) => {
    await using folder = await tempFolder();
    const tally = newTally({ seed, workers, first: 0 });
    await runCrashRounds(tally, {
      rounds,
      folder: folder.path,
      tree: TREE,
      workers,
      renewEvery: rounds,
      readDataEvery: rounds,
      keep: false,
      signal: t.signal,
      afterRound: () => undefined,
    });
    if (newestRestic() === undefined) t.diagnostic("without restic, which is not there: raw clients only");
    const repeat = `repeat with npm run crash -- --seed ${seed} --rounds ${rounds} --workers ${workers}`;
    assert.deepEqual(tally.failures, [], `${repeat}\n${summaryOf(tally)}`);
    assert.equal(tally.roundsDone, rounds);
    assert.ok(tally.acknowledged.post > rounds, summaryOf(tally));
  });
}
