import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "./ledger.ts";

const PATH = `nas/raw/data/${"ab".repeat(32)}`;

test("what a client was told about an object holds until the next request for it", () => {
  const ledger = new Ledger();
  ledger.begin("post", PATH, { sizeBytes: 5 }).acknowledged();
  assert.ok(ledger.isSurelyThere(PATH));
  assert.equal(ledger.observe(PATH, "absent"), false);
  ledger.begin("post", PATH).acknowledged();
  ledger.begin("delete", PATH).acknowledged();
  assert.deepEqual([...(ledger.find(PATH)?.possible ?? [])], ["absent"]);
  assert.equal(ledger.observe(PATH, "present"), false);
});

test("a request without an answer may have happened or not, until a look tells", () => {
  for (const found of ["present", "absent"] as const) {
    const ledger = new Ledger();
    ledger.begin("post", PATH).acknowledged();
    ledger.begin("delete", PATH).lost();
    assert.deepEqual(ledger.hubEnded(), [{ kind: "delete", path: PATH }]);
    assert.equal(ledger.observe(PATH, found), true);
    assert.equal(ledger.observe(PATH, found === "present" ? "absent" : "present"), false);
  }
});

test("a request without an answer may still happen after a later one was acknowledged, but not after the hub has ended", () => {
  const ledger = new Ledger();
  ledger.begin("post", PATH).lost();
  ledger.begin("delete", PATH).acknowledged();
  assert.deepEqual([...(ledger.find(PATH)?.possible ?? [])].sort(), ["absent", "present"]);
  ledger.hubEnded();
  ledger.begin("delete", PATH).acknowledged();
  assert.equal(ledger.observe(PATH, "present"), false);
});

test("of requests that overlap any may be the last, unless all want the same", () => {
  const ledger = new Ledger();
  const [post, removal] = [ledger.begin("post", PATH), ledger.begin("delete", PATH)];
  post.acknowledged();
  removal.acknowledged();
  assert.equal(ledger.find(PATH)?.possible.size, 2);
  const [one, other] = [ledger.begin("post", PATH), ledger.begin("post", PATH)];
  one.acknowledged();
  assert.ok(!ledger.isSurelyThere(PATH), "the other is still open");
  other.acknowledged();
  assert.ok(ledger.isSurelyThere(PATH));
});

test("a refused request changes nothing", () => {
  const ledger = new Ledger();
  ledger.begin("post", PATH).refused();
  assert.equal(ledger.observe(PATH, "present"), false);
  assert.equal(ledger.observe(`${PATH}0`, "present"), false, "nobody has asked for it");
});
