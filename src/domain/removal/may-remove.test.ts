import assert from "node:assert/strict";
import { test } from "node:test";
import { ROLE_NAMES } from "#model/permissions.ts";
import { OBJECT_TYPES, type ObjectName, parseObjectId } from "#model/repository.ts";
import { mayRemove } from "./may-remove.ts";

const id = parseObjectId("a".repeat(64));
const objects: ObjectName[] = [{ type: "config" }, ...OBJECT_TYPES.map((type) => ({ type, id: id as NonNullable<typeof id> }))];

test("only maintain and admin remove, and every role removes locks", () => {
  for (const role of ROLE_NAMES) {
    for (const object of objects) {
      const expected = object.type === "locks" || role === "maintain" || role === "admin";
      assert.equal(mayRemove(object, { role }).allowed, expected, `${role} ${object.type}`);
    }
  }
});

test("the refusal of an append-only account says append-only, and no role at all removes nothing", () => {
  const refused = mayRemove({ type: "config" }, { role: "backup" });
  assert.equal(!refused.allowed && refused.code, "append_only");
  for (const object of objects) assert.equal(mayRemove(object, { role: undefined }).allowed, false);
});
