import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { test } from "node:test";
import { entityTag, mergeDigests, parseDigests, reprDigest } from "./digests.ts";

const digest = (algorithm: string, encoding: "hex" | "base64") => createHash(algorithm).update("hello").digest(encoding);
const SHA256 = digest("sha256", "hex");
const field = `sha-256=:${digest("sha256", "base64")}:`;

function read(headers: IncomingHttpHeaders): unknown {
  const digests = parseDigests(headers);
  return "status" in digests ? digests.status : digests;
}

test("every digest that a client may send is read (spec 2.5)", () => {
  assert.deepEqual(read({}), { content: {}, whole: {} });
  assert.deepEqual(read({ "content-md5": digest("md5", "base64") }), { content: { md5: digest("md5", "hex") }, whole: {} });
  assert.deepEqual(read({ "x-content-sha256": SHA256.toUpperCase() }), { content: { sha256: SHA256 }, whole: {} });
  assert.deepEqual(read({ "content-digest": field }), { content: { sha256: SHA256 }, whole: {} });
  const both = `sha-512=:${digest("sha512", "base64")}:, ${field}`;
  assert.deepEqual(read({ "repr-digest": both }), { content: {}, whole: { sha256: SHA256, sha512: digest("sha512", "hex") } });
});

test("unknown algorithms are ignored, whatever they hold (spec 2.5)", () => {
  assert.deepEqual(read({ "content-digest": "md5=:AAAA:, crc32c=1, x" }), { content: {}, whole: {} });
  assert.deepEqual(read({ "content-digest": `unixsum=:AA==:, ${field}` }), { content: { sha256: SHA256 }, whole: {} });
});

test("a digest that cannot be read is refused (spec 2.5)", () => {
  const wrong: IncomingHttpHeaders[] = [
    ...["", "x", digest("md5", "hex"), `${digest("md5", "base64")}, ${digest("md5", "base64")}`].map((md5) => ({ "content-md5": md5 })),
    ...["", "abc", `${SHA256}0`, digest("sha256", "base64")].map((hex) => ({ "x-content-sha256": hex })),
    ...["sha-256", "sha-256=:AAAA:", `sha-256=${SHA256}`, `${field},`, "SHA-256=:AAAA:", "sha-256=:!:", "sha-512=1"].flatMap((text) => [
      { "content-digest": text },
      { "repr-digest": text },
    ]),
  ];
  for (const headers of wrong) assert.equal(read(headers), 400, JSON.stringify(headers));
});

test("two digests that contradict each other are refused, and the same twice is one", () => {
  assert.equal(read({ "x-content-sha256": "0".repeat(64), "content-digest": field }), 400);
  assert.deepEqual(read({ "x-content-sha256": SHA256, "content-digest": field }), { content: { sha256: SHA256 }, whole: {} });
  assert.deepEqual(mergeDigests({ md5: "a" }, { sha256: "b" }), { md5: "a", sha256: "b" });
  assert.ok("status" in mergeDigests({ sha512: "a" }, { sha512: "b" }));
});

test("what is stored is told as Repr-Digest and as a strong tag (spec 3.1)", () => {
  assert.equal(reprDigest(SHA256), field);
  assert.equal(entityTag(SHA256), `"${SHA256.slice(0, 32)}"`);
});
