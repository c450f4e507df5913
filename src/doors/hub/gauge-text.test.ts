import assert from "node:assert/strict";
import { test } from "node:test";
import { gaugeText, type Sample } from "./gauge-text.ts";

test("a gauge is written with its help, its type, and labels whose quotes are escaped", () => {
  const samples: Sample[] = [
    [{}, 1],
    [{ repo: 'a"b\\c\nd', type: "data" }, 1.5],
  ];
  const text = [...gaugeText("x_bytes", "What it is", samples)].join("");
  assert.equal(text, '# HELP x_bytes What it is\n# TYPE x_bytes gauge\nx_bytes 1\nx_bytes{repo="a\\"b\\\\c\\nd",type="data"} 1.5\n\n');
});

test("many samples come in pieces of a bounded size", () => {
  const samples = Array.from({ length: 10_000 }, (_, index): Sample => [{ repo: `repository/${index}` }, index]);
  const pieces = [...gaugeText("x", "y", samples)];
  assert.ok(pieces.length > 5 && pieces.every(({ length }) => length < 34 * 1024));
  assert.equal(pieces.join("").split("\n").length, 10_000 + 4);
});
