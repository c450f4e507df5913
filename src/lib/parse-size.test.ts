import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSize } from "./parse-size.ts";

test("sizes are read as people write them: binary units with i or alone, decimal ones with B", () => {
  const sizes = {
    "0": 0,
    "4096": 4096,
    "1KiB": 1024,
    "1.5 GiB": 1_610_612_736,
    "500MB": 500_000_000,
    "20m": 20_971_520,
    " 2 tib ": 2 ** 41,
    "7B": 7,
  };
  for (const [text, bytes] of Object.entries(sizes)) assert.equal(parseSize(text), bytes, text);
});

test("what is no size, or more than a number holds exactly, is refused", () => {
  for (const text of ["", "-1", "1e9", "GiB", "1 GiB extra", "1,5GiB", "0x10", "9PiB", "1XB"])
    assert.equal(parseSize(text), undefined, text);
});
