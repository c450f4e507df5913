import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRequestTarget, targetAuthority, targetBelow } from "./request-target.ts";

test("a target is split into decoded segments", () => {
  assert.deepEqual(parseRequestTarget("/"), { segments: [], trailingSlash: true, query: "" });
  assert.deepEqual(parseRequestTarget("/a/b%20c/?create=true"), { segments: ["a", "b c"], trailingSlash: true, query: "create=true" });
  assert.deepEqual(parseRequestTarget("/J%C3%BCrgen/.hidden"), { segments: ["Jürgen", ".hidden"], trailingSlash: false, query: "" });
  assert.deepEqual(parseRequestTarget("/a?x?y=/../"), { segments: ["a"], trailingSlash: false, query: "x?y=/../" });
  assert.deepEqual(parseRequestTarget("http://other.example:80/a"), { segments: ["a"], trailingSlash: false, query: "" });
});

test("a target that names no resource is undefined", () => {
  const targets = [
    ...[
      "",
      "*",
      "a/b",
      "host:80",
      "http://host",
      "ftp://host/a",
      "//",
      "//config",
      "/r1//config",
      "/r1/./config",
      "/..",
      "/a/../b",
      "/a/..",
    ],
    ...[
      "/%2e%2e/b",
      "/.%2E/b",
      "/a%2fb",
      "/a%5cb",
      "/a\\b",
      "/%00",
      "/%0a",
      "/%7f",
      "/%c2%85",
      "/%",
      "/%zz",
      "/%ff",
      "/%c0%ae",
      "/a#b",
      "/a?b#c",
    ],
    ...["/a b", "/\u00fc", "/a\u0000", "/a?\u0001", "/\u0131"],
  ];
  for (const target of targets) assert.equal(parseRequestTarget(target), undefined, target);
});

test("no target makes the parser throw or yields a segment that could climb", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "/",
      "//",
      ".",
      "..",
      "%2e",
      "%2E%2e",
      "%2f",
      "%5c",
      "\\",
      "%00",
      "%",
      "%c0%ae",
      "?",
      "#",
      "http://x",
      "*",
      "a",
      "\u00e9",
      " ",
    ),
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, "0")}`),
  );
  const target = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(
      fc.oneof(
        target,
        target.map((text) => `/${text}`),
      ),
      (raw) => {
        const parsed = parseRequestTarget(raw);
        for (const segment of parsed?.segments ?? []) {
          assert.ok(segment !== "" && segment !== "." && segment !== "..");
          assert.doesNotMatch(segment, /[/\\\p{Cc}]/u);
        }
      },
    ),
    { numRuns: 5000 },
  );
});

test("a door sees the target below its prefix", () => {
  const target = parseRequestTarget("/restic/laptop/config");
  assert.ok(target !== undefined);
  assert.deepEqual(targetBelow(target, 1).segments, ["laptop", "config"]);
});

test("the authority of an absolute target is told apart from its path", () => {
  assert.equal(targetAuthority("http://host:80/a"), "host:80");
  assert.equal(targetAuthority("/http://host/a"), undefined);
});
