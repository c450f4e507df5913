import assert from "node:assert/strict";
import { test } from "node:test";
import { median, ratios, rotate, spreadOf } from "./statistics.ts";

test("the median is the middle value, and the mean of two when there are two", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([10, 1, 2, 4]), 3);
  assert.ok(Number.isNaN(median([])));
});

test("a spread has the least and the most beside the median", () => {
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assert.equal(spreadOf([]), undefined);
});

test("ratios are taken within each round, and only where both have a figure", () => {
  const ours = new Map([
    [0, 10],
    [1, 30],
    [2, 5],
    [3, 7],
  ]);
  const theirs = new Map([
    [0, 5],
    [1, 10],
    [3, 0],
  ]);
  assert.deepEqual(ratios(ours, theirs), [2, 3]);
});

test("each round another one begins", () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((round) => rotate(["a", "b", "c"], round).join("")),
    ["abc", "bca", "cab", "abc"],
  );
  assert.deepEqual(rotate([], 1), []);
});
