import assert from "node:assert/strict";
import { test } from "node:test";
import { type ModeSetting, modeAt, WHOLE_HUB } from "./mode.ts";

const readOnly = (scope: string): ModeSetting => ({ scope, mode: "read_only", reason: "r", sinceMs: 1 });
const maintenance = (scope: string): ModeSetting => ({ scope, mode: "maintenance", reason: "m", sinceMs: 1 });

test("a mode holds for its path and below, and for nothing beside it", () => {
  const settings = [readOnly("/laptop/")];
  assert.equal(modeAt(settings, "/laptop/"), settings[0]);
  assert.equal(modeAt(settings, "/laptop/photos/"), settings[0]);
  for (const path of ["/", "/laptop2/", "/Laptop/", "/nas/laptop/"]) assert.equal(modeAt(settings, path), undefined);
});

test("maintenance goes before read-only, and then the most specific", () => {
  const [hub, wide, narrow] = [maintenance(WHOLE_HUB), readOnly("/a/"), readOnly("/a/b/")];
  assert.equal(modeAt([wide, narrow], "/a/b/c/"), narrow);
  assert.equal(modeAt([wide, narrow], "/a/c/"), wide);
  assert.equal(modeAt([narrow, hub, wide], "/a/b/"), hub);
  assert.equal(modeAt([hub], "/"), hub);
});
