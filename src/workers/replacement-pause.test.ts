import assert from "node:assert/strict";
import { test } from "node:test";
import { ReplacementPause } from "./replacement-pause.ts";

const MOST_MS = 30_000;

function pauses(earlyDeaths: readonly number[], rest: { readonly isNobodyThere: boolean }): number[] {
  const pause = new ReplacementPause({ mostMs: MOST_MS });
  return earlyDeaths.map((count) => pause.after({ earlyDeaths: count, nowMs: 0, ...rest }));
}

test("one that dies soon after its start is followed at once, the next ones after ever longer pauses, up to the longest", () => {
  assert.deepEqual(pauses([0, 1, 2, 3, 4, 5], { isNobodyThere: false }), [0, 0, 250, 500, 1000, 2000]);
  assert.deepEqual(pauses([9, 2000], { isNobodyThere: false }), [MOST_MS, MOST_MS]);
});

test("while nobody serves one comes soon, but no second one unless one has served meanwhile", () => {
  assert.deepEqual(pauses([5, 5, 6, 7], { isNobodyThere: true }), [250, 2000, 4000, 8000]);
  const pause = new ReplacementPause({ mostMs: MOST_MS });
  const after = (isNobodyThere: boolean) => pause.after({ earlyDeaths: 6, isNobodyThere, nowMs: 0 });
  assert.deepEqual([after(false), after(true), after(true)], [4000, 250, 4000]);
  pause.served();
  assert.deepEqual([after(false), after(true), after(true)], [4000, 250, 4000]);
});

test("workers that serve and die again and again come soon ten times in a minute, and no more often", () => {
  const pause = new ReplacementPause({ mostMs: MOST_MS });
  const round = (nowMs: number) => {
    pause.served();
    return pause.after({ earlyDeaths: 20, isNobodyThere: true, nowMs });
  };
  const first = Array.from({ length: 12 }, (_, index) => round(index * 1000));
  assert.deepEqual(first, [...Array(10).fill(250), MOST_MS, MOST_MS]);
  assert.deepEqual([round(59_999), round(60_000), round(60_001)], [MOST_MS, 250, MOST_MS]);
});
