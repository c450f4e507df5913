import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptsEncoding, acceptsMediaType, mediaTypeWeight } from "./accept.ts";

const V2 = "application/vnd.x.restic.rest.v2";

test("a media type counts when it is named anywhere in Accept, and not with q=0", () => {
  for (const header of [V2, `${V2}, */*`, `text/html;q=0.3,${V2};q=0.5`, `  ${V2} ; charset=x`, V2.toUpperCase(), `${V2};q=1.000`]) {
    assert.equal(acceptsMediaType(header, V2), true, header);
  }
  for (const header of [
    undefined,
    "",
    "*/*",
    "application/*",
    "application/vnd.x.restic.rest.v1",
    `${V2}x`,
    `${V2};q=0`,
    `${V2}; Q=0.000`,
    `${V2};q=x`,
  ]) {
    assert.equal(acceptsMediaType(header, V2), false, String(header));
  }
});

test("a media type is wanted as much as its most exact name in Accept says", () => {
  const weight = (header: string | undefined) => mediaTypeWeight(header, "text/html");
  assert.equal(weight(undefined), 1);
  assert.equal(weight("text/html;q=0.3, text/*;q=0.5, */*"), 0.3);
  assert.equal(weight("*/*;q=0.1, text/*;q=0.5"), 0.5);
  assert.equal(weight("application/json, */*;q=0.1"), 0.1);
  assert.equal(weight("text/html;q=0, */*"), 0);
  assert.equal(weight("application/json"), 0);
  assert.equal(weight(""), 0);
});

test("a coding counts when Accept-Encoding names it or everything, and not with q=0", () => {
  for (const header of ["gzip", "deflate, GZIP;q=0.1", "*", "br;q=1, *;q=0.5"]) assert.equal(acceptsEncoding(header, "gzip"), true, header);
  for (const header of [undefined, "", "identity", "gzip;q=0", "*;q=0", "gzip;q=0, *", "gzipped"]) {
    assert.equal(acceptsEncoding(header, "gzip"), false, String(header));
  }
});
