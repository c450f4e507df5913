import assert from "node:assert/strict";
import { test } from "node:test";
import type { Role } from "#model/permissions.ts";
import { roleOn } from "./role-on.ts";

const grants = (...list: [path: string, role: Role][]) => list.map(([path, role]) => ({ accountId: 1, path, role }));

test("a grant covers its path and everything below it, and nothing beside it", () => {
  const own = grants(["/alice/", "maintain"]);
  assert.equal(roleOn(own, "/alice/"), "maintain");
  assert.equal(roleOn(own, "/alice/x/"), "maintain");
  for (const path of ["/", "/alicefoo/", "/Alice/", "/bob/", "/bob/alice/"]) assert.equal(roleOn(own, path), undefined, path);
});

test("the most specific grant wins, also when it allows less", () => {
  const mixed = grants(["/", "admin"], ["/shared/", "read"], ["/shared/laptop/", "backup"]);
  assert.equal(roleOn(mixed, "/other/"), "admin");
  assert.equal(roleOn(mixed, "/shared/nas/"), "read");
  assert.equal(roleOn(mixed, "/shared/laptop/"), "backup");
});
