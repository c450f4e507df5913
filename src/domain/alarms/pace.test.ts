import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { paceOf, tryPauseMs } from "./pace.ts";

const HOUR = 3_600_000;

test("the last place of an hour is for one notice, or for a summary of all that wait", () => {
  const pace = (begunAtMs: readonly number[], untried: number, nowMs = HOUR) => paceOf({ begunAtMs, untried, nowMs, mostPerHour: 3 });
  assert.deepEqual(pace([], 1), { do: "send" });
  assert.deepEqual(pace([10], 50), { do: "send" });
  assert.deepEqual(pace([10, 20], 1), { do: "send" });
  assert.deepEqual(pace([10, 20], 2), { do: "fold" });
  assert.deepEqual(pace([10, 20, 30], 1), { do: "wait", untilMs: HOUR + 10 });
  assert.deepEqual(pace([10, 20, 30], 1, HOUR + 10), { do: "send" });
  assert.deepEqual(pace([5 * HOUR, 6 * HOUR, 7 * HOUR], 1), { do: "wait", untilMs: 2 * HOUR }, "a clock that was set back");
});

test("whatever comes whenever, no hour has more than its bound, and everything is told in the end", () => {
  const arrivals = fc.array(fc.record({ afterMs: fc.nat(2 * HOUR), many: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 6 }), (bursts, mostPerHour) => {
      let nowMs = 0;
      const begun: number[] = [];
      let untried = 0;
      let told = 0;
      const send = (untilMs: number) => {
        while (untried > 0) {
          const pace = paceOf({ begunAtMs: begun.filter((atMs) => atMs > nowMs - HOUR), untried, nowMs, mostPerHour });
          if (pace.do === "wait") {
            assert.ok(pace.untilMs > nowMs && pace.untilMs <= nowMs + HOUR);
            if (pace.untilMs > untilMs) return;
            nowMs = pace.untilMs;
            continue;
          }
          const taken = pace.do === "fold" ? untried : 1;
          told += taken;
          untried -= taken;
          begun.push(nowMs);
        }
      };
      for (const { afterMs, many } of bursts) {
        send(nowMs + afterMs);
        nowMs += afterMs;
        untried += many;
      }
      send(Number.POSITIVE_INFINITY);
      assert.equal(
        told,
        bursts.reduce((sum, { many }) => sum + many, 0),
      );
      for (const atMs of begun) assert.ok(begun.filter((other) => other > atMs - HOUR && other <= atMs).length <= mostPerHour);
    }),
  );
});

test("pauses grow to their bound, a receiver may ask for longer within it, and tries have an end", () => {
  const bounds = { pauseMs: 30, longestPauseMs: 200, mostTries: 6 };
  const pauses = [1, 2, 3, 4, 5, 6, 7].map((tries) => tryPauseMs(tries, undefined, bounds));
  assert.deepEqual(pauses, [30, 60, 120, 200, 200, undefined, undefined]);
  assert.deepEqual([tryPauseMs(1, 100, bounds), tryPauseMs(3, 100, bounds), tryPauseMs(1, 1e9, bounds)], [100, 120, 200]);
  assert.equal(tryPauseMs(6, 100, bounds), undefined);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.nat(), (tries, askedMs) => {
      const pauseMs = tryPauseMs(tries, askedMs, { ...bounds, mostTries: 1e7 }) ?? 0;
      assert.ok(pauseMs >= bounds.pauseMs && pauseMs <= bounds.longestPauseMs);
    }),
  );
});
