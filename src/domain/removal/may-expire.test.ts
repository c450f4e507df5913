import assert from "node:assert/strict";
import { test } from "node:test";
import type { ArchiveHold, RetentionMode } from "#model/archive.ts";
import { type ExpiryCause, mayExpire } from "./may-expire.ts";

const ARCHIVE = { name: "/db/1.sql", expiresAtMs: 1000 };

function decide(
  cause: ExpiryCause,
  [earliestMs, latestMs]: readonly [number, number],
  { retentionMode = "governance", holds = [] }: { readonly retentionMode?: RetentionMode; readonly holds?: readonly ArchiveHold[] } = {},
) {
  return mayExpire(ARCHIVE, cause, { earliestMs, latestMs }, { retentionMode, holds }).allowed;
}

function hold(namePrefix: string, isExact = false): ArchiveHold {
  return { id: 1, accountId: 1, namePrefix, isExact, reason: "a lawsuit", createdAtMs: 0 };
}

test("time is over when every clock says so, and not a moment before", () => {
  assert.equal(decide("time", [999, 999]), false);
  assert.equal(decide("time", [999, 5000]), false, "one clock is ahead");
  assert.equal(decide("time", [1000, 1000]), true);
});

test("an operator may be earlier, but not in compliance", () => {
  assert.equal(decide("operator", [0, 0]), true);
  assert.equal(decide("operator", [0, 5000], { retentionMode: "compliance" }), false);
  assert.equal(decide("operator", [1000, 1000], { retentionMode: "compliance" }), true);
});

test("a hold beats time and operator, for what it covers", () => {
  for (const covering of [hold(""), hold("/db/"), hold("/db/1.sql", true), hold("/db/1.sql")]) {
    for (const cause of ["time", "operator"] as const) assert.equal(decide(cause, [5000, 5000], { holds: [covering] }), false);
  }
  for (const other of [hold("/db/1", true), hold("/d", true), hold("/files/"), hold("/db/1.sql.gz")]) {
    assert.equal(decide("time", [5000, 5000], { holds: [other] }), true, other.namePrefix);
  }
});
