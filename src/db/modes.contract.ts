import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import type { ContractEngine } from "./contract-place.ts";
import { openDatabase } from "./database.ts";
import { listModes } from "./modes.ts";

/** What modes promise, on that engine. */
export function modesContract({ name: engine, skip, makePlace }: ContractEngine): void {
  test(`${engine}: a scope is in one mode at a time, each change raises the version and has its line`, {
    skip: skip ?? false,
  }, async () => {
    await using place = await makePlace();
    await using database = await openDatabase(place.options);
    const by = OPERATOR;
    const first = await database.accessVersion();
    await database.write("setMode", { scope: "hub", mode: "maintenance", reason: "restart", nowMs: 1, by });
    await database.write("setMode", { scope: "/a/", mode: "maintenance", reason: "disk", nowMs: 2, by });
    await database.write("setMode", { scope: "/a/", mode: "read_only", reason: "moving", nowMs: 3, by });
    assert.deepEqual(await listModes(database.read), [
      { scope: "/a/", mode: "read_only", reason: "moving", sinceMs: 3 },
      { scope: "hub", mode: "maintenance", reason: "restart", sinceMs: 1 },
    ]);
    assert.equal(await database.write("clearMode", { scope: "hub", nowMs: 4, by }), true);
    assert.equal(await database.accessVersion(), first + 4);
    assert.equal(await database.write("clearMode", { scope: "hub", nowMs: 5, by }), false);
    assert.equal(await database.accessVersion(), first + 4);
    const lines = await database.read.selectFrom("operation").select(["summary", "repository"]).orderBy("id").execute();
    assert.deepEqual(
      lines.map(({ summary, repository }) => [summary, repository]),
      [
        ["The hub is in maintenance mode: restart", null],
        ["/a/ is in maintenance mode: disk", "/a/"],
        ["/a/ is in read-only mode: moving", "/a/"],
        ["The hub is back to work", null],
      ],
    );
  });
}
