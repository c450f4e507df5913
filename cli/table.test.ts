import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBytes } from "#lib/format-bytes.ts";
import { printable, printableJson } from "./printable.ts";
import { table } from "./table.ts";

test("a table is aligned, has no trailing spaces, and shows an empty cell as a dash", () => {
  const rows = [
    ["laptop", "", "x"],
    ["a", "longer", ""],
  ];
  assert.equal(table(["NAME", "B", "C"], rows), "NAME    B       C\nlaptop  -       x\na       longer  -\n");
});

test("names in wide scripts and with combining marks do not shift the columns", () => {
  const rows = [
    ["写真", "1"],
    ["e\u0301e\u0301", "2"],
  ];
  assert.equal(table(["NAME", "N"], rows), "NAME  N\n写真  1\ne\u0301e\u0301    2\n");
});

test("nothing that is printed can steer a terminal", () => {
  assert.equal(printable("a\u001b[2Jb\r\n\u009b\u202ec"), "a\\u001b[2Jb\\u000d\\u000a\\u009b\\u202ec");
  for (const mark of "\u061c\u200e\u200f\u202a\u202e\u2066\u2069") assert.match(printable(mark), /^\\u[0-9a-f]{4}$/);
  assert.equal(table(["A"], [["\u001b]0;x\u0007"]]), "A\n\\u001b]0;x\\u0007\n");
});

test("JSON for scripts is safe for a terminal and still says the same", () => {
  const value = { name: "\u001b[2J\u009b\u007f\u202e\n", list: [1, null] };
  const text = printableJson(value);
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\u202e]/u);
  assert.deepEqual(JSON.parse(text), value);
});

test("sizes are shown in the largest unit of which there is one", () => {
  const table: [bytes: number, text: string][] = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1024 * 1024 - 1, "1.0 MiB"],
    [1.5 * 1024 ** 3, "1.5 GiB"],
    [5000 * 1024 ** 5, "5000.0 PiB"],
  ];
  for (const [bytes, text] of table) assert.equal(formatBytes(bytes), text);
});
