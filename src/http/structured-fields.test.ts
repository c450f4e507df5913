import assert from "node:assert/strict";
import { test } from "node:test";
import { parseStructuredDictionary, parseStructuredItem } from "./structured-fields.ts";

test("an item is read with its parameters", () => {
  assert.deepEqual(parseStructuredItem("?1"), { type: "boolean", value: true });
  assert.deepEqual(parseStructuredItem(" ?0;a;b=1 "), { type: "boolean", value: false });
  assert.deepEqual(parseStructuredItem("5368709120"), { type: "integer", value: 5368709120 });
  assert.deepEqual(parseStructuredItem("-1"), { type: "integer", value: -1 });
  assert.deepEqual(parseStructuredItem(":aGVsbG8=:"), { type: "bytes", value: Buffer.from("hello") });
  assert.deepEqual(parseStructuredItem(":aGVsbG8:"), { type: "bytes", value: Buffer.from("hello") });
  for (const other of ["1.5", '"a \\" b"', "token/1", "@1659578233", '%"f%c3%bc"']) {
    assert.deepEqual(parseStructuredItem(other), { type: "other" }, other);
  }
});

test("an item that is malformed is none", () => {
  const wrong = [
    "",
    "?2",
    "?",
    "1 2",
    "1234567890123456",
    "1.",
    "--1",
    ":aGVsbG9:",
    ":a:",
    ":a b:",
    '"a',
    "?1;",
    "?1;A=1",
    "?1,?1",
    "@1.5",
  ];
  for (const text of wrong) assert.equal(parseStructuredItem(text), undefined, text);
});

test("a dictionary is read to its end or not at all", () => {
  const read = parseStructuredDictionary("a=1, b;x=?0 ,\tc=(1 2);y, d=:aGk=:,a=2");
  assert.deepEqual(
    [...(read ?? [])],
    [
      ["a", { type: "integer", value: 2 }],
      ["b", { type: "boolean", value: true }],
      ["c", { type: "other" }],
      ["d", { type: "bytes", value: Buffer.from("hi") }],
    ],
  );
  assert.equal(parseStructuredDictionary("")?.size, 0);
  for (const text of ["a=", "a=1,", ",a=1", "A=1", "a=1 b=2", "a=(1", "a=(1,2)", "a==1", "a=1;;b"]) {
    assert.equal(parseStructuredDictionary(text), undefined, text);
  }
});
