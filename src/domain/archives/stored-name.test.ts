import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { filePath } from "#storage/file-path.ts";
import { storedName, storedNameKey } from "./stored-name.ts";

test("an archive's name stays what it is where no file system could stumble, and is escaped where one could", () => {
  const names = {
    "/data.20100523.tar.gz": "data.20100523.tar.gz",
    "/Büro & Küche (2).zip": "Büro & Küche (2).zip",
    "/host1/etc.tar": "host1%2Fetc.tar",
    "/100%.tar": "100%25.tar",
    "/a%2Fb": "a%252Fb",
    "/.bashrc": "%2Ebashrc",
    "/.hub-meta/1.json": "%2Ehub-meta%2F1.json",
    "/...": "%2E.%2E",
    "/a..": "a.%2E",
    "/a ": "a%20",
    '/<a>:"|?*\\': "%3Ca%3E%3A%22%7C%3F%2A%5C",
    "/a\u202egpj.exe": "a%E2%80%AEgpj.exe",
    "/a\u200db": "a%E2%80%8Db",
    "/a\uffff": "a%EF%BF%BF",
    "/con": "%63on",
    "/NUL.tar.gz": "%4EUL.tar.gz",
    "/Lpt1 .txt": "%4Cpt1 .txt",
    "/com¹": "%63om¹",
    "/console": "console",
    "/com10": "com10",
    "/PROGRA~1": "PROGRA%7E1",
    "/😀.tar": "😀.tar",
  };
  for (const [name, stored] of Object.entries(names)) assert.equal(storedName(name, 0), stored, name);
});

test("a long name is cut between two characters, keeps its ending, and its digest tells it from others that begin alike", () => {
  const longest = `/${"a".repeat(180)}`;
  assert.equal(storedName(longest, 0), longest.slice(1));
  const [one, other] = ["one", "two"].map((end) => storedName(`/${"€".repeat(60)}${end}.tar.gz`, 0));
  assert.match(one ?? "", /^€{43}~[0-9a-f]{24}\.tar\.gz$/);
  assert.notEqual(one, other);
  // 130 bytes are no multiple of nine: an escape is not cut either.
  assert.match(storedName(`/a${"\u200b".repeat(30)}`, 0), /^a(?:%E2%80%8B){14}~[0-9a-f]{24}$/);
});

test("names that macOS or Windows take for the same have one key, and others do not", () => {
  const key = (name: string) => storedNameKey(storedName(name, 0));
  const same = [
    ["/Data.tar", "/dATA.TAR"],
    ["/é", "/e\u0301"],
    ["/É", "/e\u0301"],
    ["/straße", "/STRASSE"],
    ["/ΑΣ", "/ας"],
    ["/ΑΣ", "/ασ"],
    ["/K", "/k"],
    ["/İ", "/i\u0307"],
    ["/ᾳ", "/ᾼ"],
  ] as const;
  for (const [one, other] of same) assert.equal(key(one), key(other), `${one} ${other}`);
  for (const [one, other] of [
    ["/a", "/b"],
    ["/a/b", "/a%2Fb"],
    ["/e", "/é"],
  ] as const)
    assert.notEqual(key(one), key(other), `${one} ${other}`);
});

test("a clash gets a mark before the ending, of its own for each name and each attempt", () => {
  assert.match(storedName("/Data.tar.gz", 1), /^Data~[0-9a-f]{8}\.tar\.gz$/);
  const keys = [storedName("/Data.tar.gz", 1), storedName("/data.tar.gz", 1), storedName("/data.tar.gz", 2)].map(storedNameKey);
  assert.equal(new Set(keys).size, 3);
});

test("what is no archive's name is a mistake of the caller", () => {
  for (const name of ["", "/", "a", "/\ud800"]) assert.throws(() => storedName(name, 0), /Not the name of an archive/, name);
});

const piece = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constantFrom("..", ".", " ", "con", "Nul", ".hub-", "%", "~", "/", "a".repeat(150), "\u0130", "ß", "\0"),
);
const archiveName = fc
  .array(piece, { minLength: 1, maxLength: 6 })
  .map((pieces) => `/${pieces.join("")}`)
  .filter((name) => name.length > 1 && name.isWellFormed());

test("every stored name is one plain segment of at most 200 bytes that no file system changes, and none of the hub's own", () => {
  fc.assert(
    fc.property(archiveName, fc.nat({ max: 1000 }), (name, attempt) => {
      const stored = storedName(name, attempt);
      assert.equal(filePath(stored), stored);
      assert.ok(Buffer.byteLength(stored) <= 200);
      assert.doesNotMatch(stored, /^\.|[. ]$|[\p{C}/\\<>:"|?*]/u);
      assert.doesNotMatch(stored, /^(?:con|prn|aux|nul|com\d|lpt\d) *(?:\.|$)/i);
    }),
    { numRuns: 1000 },
  );
});

test("a stored name without a mark can be read back, and no two names have one stored name", () => {
  fc.assert(
    fc.property(archiveName, archiveName, fc.nat({ max: 2 }), fc.nat({ max: 2 }), (one, other, first, second) => {
      const stored = storedName(one, first);
      if (!stored.includes("~")) assert.equal(`/${decodeURIComponent(stored)}`, one);
      else assert.ok(first > 0 || Buffer.byteLength(stored) > 140);
      if (one !== other) assert.notEqual(stored, storedName(other, second));
    }),
    { numRuns: 1000 },
  );
});

test("a handful of attempts finds a free key, however many spellings of one name there are", () => {
  const taken = new Set<string>();
  for (let spelling = 0; spelling < 512; spelling += 1) {
    const name = `/${[..."database.tar"].map((letter, at) => ((spelling >> at) & 1 ? letter.toUpperCase() : letter)).join("")}`;
    let attempt = 0;
    while (taken.has(storedNameKey(storedName(name, attempt)))) attempt += 1;
    assert.ok(attempt <= 2, name);
    taken.add(storedNameKey(storedName(name, attempt)));
  }
});
