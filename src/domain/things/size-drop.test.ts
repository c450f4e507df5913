import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findSizeDrop } from "./size-drop.ts";

const whole = (...sizes: readonly (number | undefined)[]) => sizes.map((sizeBytes) => ({ sizeBytes, increment: false }));
const increments = (...sizes: readonly number[]) => sizes.map((sizeBytes) => ({ sizeBytes, increment: true }));
const drop = (earlier: readonly (number | undefined)[], sizeBytes: number | undefined) =>
  findSizeDrop(whole(...earlier), { sizeBytes, increment: false });

test("a backup of less than half of what is usual is a drop, and one of half is not", () => {
  assert.deepEqual(drop([1000, 1010, 990, 1000], 499), { sizeBytes: 499, usualBytes: 1000 });
  assert.equal(drop([1000, 1010, 990, 1000], 500), undefined);
  assert.equal(drop([1000, 1010, 990, 1000], 9000), undefined);
  assert.deepEqual(drop([350, 350, 351, 352], 20), { sizeBytes: 20, usualBytes: 350 });
});

test("with three backups before it, or with sizes nobody knows, nothing is usual", () => {
  assert.equal(drop([1000, 1000, 1000], 1), undefined);
  assert.equal(drop([1000, 1000, 1000, undefined], 1), undefined);
  assert.equal(drop([1000, 1000, 1000, 1000], undefined), undefined);
});

test("single wild sizes before it change nothing", () => {
  assert.deepEqual(drop([1000, 1, 1000, 90_000, 1000], 300)?.usualBytes, 1000);
  assert.equal(drop([1, 1000, 1000, 90_000, 1000], 800), undefined);
});

test("sizes that swing anyway are let swing, but not to nothing", () => {
  const swinging = [100, 5000, 120, 4000, 90, 6000, 150, 5500];
  assert.equal(drop(swinging, 40), undefined);
  assert.deepEqual(drop(swinging, 0), { sizeBytes: 0, usualBytes: 150 });
  assert.equal(drop([...swinging, 0], 0), undefined);
  assert.equal(drop([0, 0, 0, 0], 0), undefined);
});

test("increments are neither measured nor a measure", () => {
  assert.equal(findSizeDrop(whole(1000, 1000, 1000, 1000), { sizeBytes: 1, increment: true }), undefined);
  const mixed = [...whole(1000, 1000), ...increments(5, 6, 7, 8, 9), ...whole(1000, 1000)];
  assert.deepEqual(findSizeDrop(mixed, { sizeBytes: 10, increment: false }), { sizeBytes: 10, usualBytes: 1000 });
  assert.equal(findSizeDrop([...whole(1000), ...increments(5, 6, 7, 8, 9)], { sizeBytes: 10, increment: false }), undefined);
});

test("what has shrunk for good is told until it is usual", () => {
  const sizes = Array.from({ length: 30 }, () => 1000);
  let told = 0;
  while (drop(sizes, 100) !== undefined) {
    told += 1;
    sizes.push(100);
  }
  assert.equal(told, 8);
});

test("half of the largest is never a drop; of steady sizes anything below half is, one wild size before it or not", () => {
  const size = fc.integer({ min: 1, max: 1e12 });
  fc.assert(
    fc.property(
      fc.array(size, { minLength: 4, maxLength: 30 }),
      size,
      fc.double({ min: 0, max: 0.49, noNaN: true }),
      (sizes, wild, share) => {
        assert.equal(drop(sizes, Math.ceil(Math.max(...sizes) / 2)), undefined);
        const steady = [...sizes.map((_, at) => 1e6 + (at % 3)), wild];
        assert.notEqual(drop(steady, Math.floor(1e6 * share)), undefined);
      },
    ),
  );
});
