import assert from "node:assert/strict";
import { test } from "node:test";
import type { Role } from "#model/permissions.ts";
import { mayGrantOn, rootsOf } from "./grant-reach.ts";

const grants = (...list: [path: string, role: Role][]) => list.map(([path, role]) => ({ accountId: 1, path, role }));

test("whoever is admin of a path may grant there and below, and nowhere else", () => {
  const own = grants(["/a/", "admin"], ["/b/", "maintain"]);
  assert.equal(mayGrantOn(own, "/a/"), true);
  assert.equal(mayGrantOn(own, "/a/x/y/"), true);
  for (const path of ["/", "/b/", "/b/x/", "/ab/", "/c/"]) assert.equal(mayGrantOn(own, path), false, path);
});

test("an admin cannot grant where, or above where, it has a lesser role itself", () => {
  const own = grants(["/a/", "admin"], ["/a/secret/", "read"], ["/a/secret/open/", "admin"]);
  assert.equal(mayGrantOn(own, "/a/"), false);
  assert.equal(mayGrantOn(own, "/a/secret/"), false);
  assert.equal(mayGrantOn(own, "/a/secret/x/"), false);
  assert.equal(mayGrantOn(own, "/a/other/"), true);
  assert.equal(mayGrantOn(own, "/a/secret/open/"), true);
});

test("roots are the paths that lie below none of the others", () => {
  assert.deepEqual(rootsOf(["/b/", "/a/b/", "/a/", "/a b/", "/b/", "/ab/"]), ["/a b/", "/a/", "/ab/", "/b/"]);
  assert.deepEqual(rootsOf(["/x/", "/"]), ["/"]);
  assert.deepEqual(rootsOf([]), []);
});
