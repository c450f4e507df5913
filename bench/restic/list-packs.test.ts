import assert from "node:assert/strict";
import { test } from "node:test";
import { checkListing } from "./list-packs.ts";
import { PACK_BYTES } from "./objects.ts";

const pack = (name: string, size = PACK_BYTES) => ({ name, size });
const check = (listed: unknown) => checkListing(Buffer.from(JSON.stringify(listed)), { entries: 2, others: 1 });

test("a listing that lacks a pack, has one twice or with another size is a wrong answer", () => {
  check([pack("a"), pack("b"), pack("c", 4096)]);
  assert.throws(() => check([pack("a"), pack("c", 4096)]), /1 packs of the right size and 1 others, not of 2 and 1/);
  assert.throws(() => check([pack("a"), pack("a"), pack("c", 4096)]));
  assert.throws(() => check([pack("a", 63), pack("b"), pack("c", 4096)]));
  assert.throws(() => check({}), /not a list/);
});
