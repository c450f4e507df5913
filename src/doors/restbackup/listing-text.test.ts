import assert from "node:assert/strict";
import { test } from "node:test";
import { type ListedArchive, type ListingForm, listingText } from "./listing-text.ts";

const DAY_MS = 86_400_000;
const FIRST: ListedArchive = {
  id: 1,
  name: "/data.20100521.tar.gz",
  sizeBytes: 396265,
  sha256: "a".repeat(64),
  createdAtMs: 1274439603_000,
  expiresAtMs: 1274439603_000 + 365 * DAY_MS,
  held: false,
};
const SECOND: ListedArchive = {
  ...FIRST,
  id: 2,
  name: "/data.20100522.tar.gz",
  sizeBytes: 416849,
  createdAtMs: 1274526004_000,
  held: true,
};

async function* pagesOf(...pages: ListedArchive[][]): AsyncGenerator<ListedArchive[]> {
  yield* pages;
}

async function textOf(form: ListingForm, pages: AsyncIterable<readonly ListedArchive[]>): Promise<string> {
  const pieces = await Array.fromAsync(listingText(form, pages));
  return Buffer.concat(pieces).toString();
}

test("the listing is the published example, byte for byte (spec 3.3)", async () => {
  const expected = `[
{"name":"/data.20100521.tar.gz","size":396265,"createtime":1274439603},
{"name":"/data.20100522.tar.gz","size":416849,"createtime":1274526004}
]
`;
  assert.equal(await textOf("three-keys", pagesOf([FIRST, SECOND])), expected);
  assert.equal(await textOf("three-keys", pagesOf([FIRST], [], [SECOND])), expected, "however the pages are cut");
});

test("no files are two brackets on two lines (spec 3.3)", async () => {
  for (const form of ["three-keys", "five-keys", "all-keys"] as const) {
    assert.equal(await textOf(form, pagesOf()), "[\n]\n");
    assert.equal(await textOf(form, pagesOf([])), "[\n]\n");
  }
  assert.equal(await textOf("lines", pagesOf([])), "");
});

test("the old dialect has the date after the size and the deletion last (spec 3.3)", async () => {
  const row = '{"name":"/data.20100521.tar.gz","size":396265,"date":"2010-05-21T11:00:03Z","createtime":1274439603,"deletetime":1305975603';
  assert.equal(await textOf("five-keys", pagesOf([FIRST])), `[\n${row}}\n]\n`);
  assert.equal(await textOf("all-keys", pagesOf([FIRST])), `[\n${row},"sha256":"${FIRST.sha256}","hold":false}\n]\n`);
});

test("a line of plain text is time, size and name (spec 3.4)", async () => {
  const expected = "2010-05-21T11:00:03Z\t396265\t/data.20100521.tar.gz\n2010-05-22T11:00:04Z\t416849\t/data.20100522.tar.gz\n";
  assert.equal(await textOf("lines", pagesOf([FIRST, SECOND])), expected);
});

test("times are whole seconds, whatever the fraction", async () => {
  const archive = { ...FIRST, createdAtMs: FIRST.createdAtMs + 999, expiresAtMs: FIRST.expiresAtMs + 999 };
  assert.equal(await textOf("all-keys", pagesOf([archive])), await textOf("all-keys", pagesOf([FIRST])));
});

test("every name comes back from the JSON as it was (spec 3.3)", async () => {
  const names = ['/a"b\\c', "/Jürgen 💾", "/<script>", "/\u2028\u202e\ufeff", "/%2F", `/${"x".repeat(1023)}`];
  const archives = names.map((name, index) => ({ ...FIRST, id: index, name, sizeBytes: 2 ** 40 + index }));
  const rows: { name: string; size: number }[] = JSON.parse(await textOf("all-keys", pagesOf(archives)));
  assert.deepEqual(
    rows.map(({ name, size }) => ({ name, size })),
    names.map((name, index) => ({ name, size: 2 ** 40 + index })),
  );
});

test("a long listing comes in small pieces, and memory does not grow with it (spec 3.3)", async () => {
  const page = Array.from({ length: 1000 }, (_, index) => ({ ...FIRST, id: index, name: `/db/${"ü".repeat(100)}${index}` }));
  const pages = async function* () {
    for (let count = 0; count < 20; count += 1) yield page;
  };
  let rows = 0;
  let largest = 0;
  for await (const piece of listingText("three-keys", pages())) {
    largest = Math.max(largest, piece.length);
    rows += Buffer.from(piece).toString("latin1").split('{"name"').length - 1;
  }
  assert.equal(rows, 20_000);
  assert.ok(largest < 64 * 1024, `${largest}`);
});

test("a listing that breaks off never closes its bracket (spec 3.3)", async () => {
  const broken = async function* () {
    yield [FIRST];
    throw new Error("disk gone");
  };
  const pieces: Uint8Array[] = [];
  await assert.rejects(async () => {
    for await (const piece of listingText("three-keys", broken())) pieces.push(piece);
  }, /disk gone/);
  assert.doesNotMatch(Buffer.concat(pieces).toString(), /\]/);
});
