import assert from "node:assert/strict";
import { test } from "node:test";
import { everySurvival } from "./every-survival.ts";
import type { Survival } from "./memory-node.ts";

/** Two names and one file, as one line of text. */
function cut(survival: Survival): string {
  return `${survival.keepsName()} ${survival.keepsName()} ${survival.keptBytes(10)}`;
}

test("all that a cut can leave comes, each once: names kept or not, bytes whole, half or none", () => {
  const all = [...everySurvival(cut, 100)];
  assert.equal(all.length, 12);
  assert.equal(new Set(all).size, 12);
  for (const name of ["true", "false"]) for (const bytes of ["10", "5", "undefined"]) assert.ok(all.includes(`${name} false ${bytes}`));
});

test("of more than is wanted both ends come, and something between", () => {
  const many = (survival: Survival) => Array.from({ length: 8 }, () => cut(survival)).join();
  const some = [...everySurvival(many, 16)];
  assert.equal(some.length, 16);
  assert.ok(!some[0]?.includes("false") && !some[1]?.includes("true"));
  assert.ok(some.slice(2).every((text) => text.includes("true") && text.includes("false")));
});
