import assert from "node:assert/strict";
import { test } from "node:test";
import { type Column, compare, formatTable, missedBounds } from "./table.ts";
import type { Figures, Workload, WorkloadResult } from "./workload.ts";

const ONE: Column = { id: "one", title: "Holdfast 1", hub: "one process" };
const SEVERAL: Column = { id: "several", title: "Holdfast N", hub: "several processes" };
const PEER: Column = { id: "rest-server", title: "rest-server" };
const RATE: Workload = { name: "GET", unit: "/s", cpuUnit: "us each", goal: { speed: 1.5, speedOfSeveral: 2, cpu: 0.6 } };

test("more than 1 is faster, for rates and for times", () => {
  const rates = result(RATE, { one: [{ value: 300 }, { value: 100 }], "rest-server": [{ value: 100 }, { value: 100 }] });
  assert.deepEqual(compare(rates, "one").speed, { median: 2, min: 1, max: 3 });
  const times = result({ name: "list", unit: "ms" }, { one: [{ value: 10 }], "rest-server": [{ value: 30 }] });
  assert.equal(compare(times, "one").speed?.median, 3);
});

test("a goal is judged by the medians, with its own bound for several processes", () => {
  const both = result(RATE, {
    one: [{ value: 160, cpu: 50 }],
    several: [{ value: 160, cpu: 70 }],
    "rest-server": [{ value: 100, cpu: 100 }],
  });
  assert.deepEqual(missedBounds(both, ONE), []);
  assert.deepEqual(missedBounds(both, SEVERAL), ["speed 1.60", "CPU 0.70"]);
});

test("a bound on our own figure is missed when there is none", () => {
  const workload: Workload = { name: "longest", unit: "ms", goal: { atMost: 50 } };
  assert.deepEqual(missedBounds(result(workload, { one: [{ value: 49 }] }), ONE), []);
  assert.deepEqual(missedBounds(result(workload, { one: [{ value: 51 }] }), ONE), ["51.0 ms"]);
  assert.deepEqual(missedBounds(result(workload, { one: [] }, { one: "A reply of 500" }), ONE), ["failed"]);
});

test("a bound from below on our own figure needs no peer", () => {
  const workload: Workload = { name: "share", unit: "x", goal: { atLeast: 0.9 } };
  assert.deepEqual(missedBounds(result(workload, { one: [{ value: 0.91 }] }), ONE), []);
  assert.deepEqual(missedBounds(result(workload, { one: [{ value: 0.89 }] }), ONE), ["0.89x"]);
});

test("without the peer nobody says that a goal is reached", () => {
  assert.equal(missedBounds(result(RATE, { one: [{ value: 1000 }] }), ONE), undefined);
});

test("the table has a row for each workload, and says who failed and why", () => {
  const figures = { one: [{ value: 15000, cpu: 30 }], "rest-server": [{ value: 10000, cpu: 60 }], rclone: [] };
  const table = formatTable(
    [result(RATE, figures, { rclone: "A reply of 500\nwhere 200 was expected" })],
    [ONE, PEER, { id: "rclone", title: "rclone" }, { id: "x", title: "X" }],
  );
  const [head = "", line = "", row = ""] = table.split("\n");
  assert.equal(
    head,
    "| Workload | Holdfast 1 | rest-server | rclone | X | Holdfast 1: speed, CPU beside rest-server | Goal | Holdfast 1: reached? |",
  );
  assert.equal(line.split("|").length, head.split("|").length);
  assert.equal(
    row,
    "| GET | 15,000/s, CPU 30.0 us each | 10,000/s, CPU 60.0 us each | failed: A reply of 500 where 200 was expected | left out " +
      "| 1.50x (1.50 to 1.50); CPU 0.50x (0.50 to 0.50) | speed >= 1.5x, 2x with several processes, CPU <= 0.6x | yes |",
  );
});

function result(workload: Workload, rounds: Record<string, readonly Figures[]>, failures: Record<string, string> = {}): WorkloadResult {
  const servers = Object.entries(rounds).map(
    ([id, figures]) => [id, { rounds: new Map(figures.entries()), failure: failures[id] }] as const,
  );
  return { workload, servers: new Map(servers) };
}
