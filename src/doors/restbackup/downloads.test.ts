import assert from "node:assert/strict";
import { test } from "node:test";
import type { RawHeaders } from "#http/raw-headers.ts";
import { contentDisposition, download, storedHeaders, storedText } from "./downloads.ts";
import type { ListedArchive } from "./listing-text.ts";
import type { Refusal } from "./refusal.ts";

const SHA256 = "00112233445566778899aabbccddeeff".repeat(2);
const FILE: ListedArchive = {
  id: 1,
  name: "/db/Jürgen's backup.tar.gz",
  sizeBytes: 100,
  sha256: SHA256,
  createdAtMs: Date.UTC(2026, 10, 21, 3),
  expiresAtMs: Date.UTC(2027, 10, 21, 3),
  held: false,
};

function answer(headers: Record<string, string> = {}, { file = FILE, method = "GET", inSession = false } = {}) {
  const answered = download({ method, headers }, file, { inSession });
  return { ...answered, fields: fieldsOf(answered.headers ?? []) } as (ReturnType<typeof download> | Refusal) & {
    readonly fields: Readonly<Record<string, unknown>>;
  };
}

function fieldsOf(headers: RawHeaders): Record<string, unknown> {
  const pairs = headers.flatMap((name, index) => (index % 2 === 0 ? [[String(name).toLowerCase(), headers[index + 1]] as const] : []));
  assert.equal(new Set(pairs.map(([name]) => name)).size, pairs.length, "no header twice");
  return Object.fromEntries(pairs);
}

test("a file is served with every header of the table (spec 3.1)", () => {
  const expected = {
    "content-type": "application/octet-stream",
    "content-disposition": `attachment; filename="J_rgen's backup.tar.gz"; filename*=UTF-8''J%C3%BCrgen%27s%20backup.tar.gz`,
    "content-security-policy": "sandbox; default-src 'none'",
    etag: '"00112233445566778899aabbccddeeff"',
    "repr-digest": `sha-256=:${Buffer.from(SHA256, "hex").toString("base64")}:`,
    "last-modified": "Sat, 21 Nov 2026 03:00:00 GMT",
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache, no-transform",
    sunset: "Sun, 21 Nov 2027 03:00:00 GMT",
  };
  assert.deepEqual(answer().fields, expected);
  assert.deepEqual(answer({ range: "bytes=0-1" }, { method: "HEAD" }).fields, expected, "HEAD is identical");
});

test("a held file has no sunset (spec 3.1)", () => {
  assert.equal(answer({}, { file: { ...FILE, held: true } }).fields["sunset"], undefined);
});

test("parts, copies that are still right, and what cannot be had (spec 3.2)", () => {
  const part = answer({ range: "bytes=10-19" });
  assert.equal(part.status, 206);
  assert.deepEqual("start" in part && [part.start, part.end], [10, 20]);
  assert.equal(part.fields["content-range"], "bytes 10-19/100");
  const same = answer({ "if-none-match": '"00112233445566778899aabbccddeeff"' });
  assert.equal(same.status, 304);
  assert.equal(same.fields["etag"], '"00112233445566778899aabbccddeeff"');
  assert.equal(same.fields["content-type"], undefined);
  const never = answer({ range: "bytes=100-" });
  assert.equal(never.status, 416);
  assert.equal(never.fields["content-range"], "bytes */100");
  assert.equal(answer({ "if-match": '"other"' }).status, 412);
  const whole = answer({ range: "bytes=0-1,3-4" });
  assert.deepEqual("start" in whole && [whole.status, whole.start, whole.end], [200, 0, 100]);
});

test("fractions of a second do not make a copy look old", () => {
  const file = { ...FILE, createdAtMs: FILE.createdAtMs + 500 };
  assert.equal(answer({ "if-modified-since": "Sat, 21 Nov 2026 03:00:00 GMT" }, { file }).status, 304);
});

test("what a session shows is kept out of caches, referrers and search engines (spec 9)", () => {
  const { fields } = answer({}, { inSession: true });
  assert.equal(fields["cache-control"], "private, no-store, no-transform");
  assert.equal(fields["referrer-policy"], "no-referrer");
  assert.equal(fields["x-robots-tag"], "noindex");
  assert.equal(fields["cross-origin-resource-policy"], "same-origin");
});

test("no name can break out of its header (spec 9, A19)", () => {
  const names = [
    '/a"; filename="b.exe',
    "/a\\",
    "/%41%22",
    "/\u202egpj.exe",
    "/💾",
    `/${"ü".repeat(120)}`,
    "/a'b(c)*d",
    "/<script>alert(1)</script>",
  ];
  for (const name of names) {
    const header = contentDisposition(name);
    assert.match(header, /^attachment; filename="[^"%\\]*"; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]*$/, name);
    const [, full = ""] = header.split("UTF-8''");
    assert.equal(decodeURIComponent(full), name.slice(name.lastIndexOf("/") + 1));
  }
});

test("a stored file is told in the words that curl shows (spec 2.5)", () => {
  assert.equal(storedText("/data.20100523.tar.gz"), "Stored /data.20100523.tar.gz\n");
  const fields = fieldsOf(storedHeaders(FILE));
  assert.deepEqual(Object.keys(fields), ["etag", "last-modified", "repr-digest"]);
});
