import assert from "node:assert/strict";
import { test } from "node:test";
import { accessUrl, accessUrlFault } from "./access-url.ts";

test("an access URL has the grammar that every client takes (spec 1.1)", () => {
  assert.equal(accessUrl("https://backup.example/", "K7QX2MBA", "s3cret"), "https://K7QX2MBA:s3cret@backup.example/");
  assert.equal(accessUrl("http://127.0.0.1:8090/", "K7QX2MBA", "s3cret"), "http://K7QX2MBA:s3cret@127.0.0.1:8090/");
});

test("a public URL that no client could use is told before it is given away (spec 1.1)", () => {
  for (const url of ["https://backup.example/", "http://127.0.0.1:8090/", "https://b-1.example:444/"])
    assert.equal(accessUrlFault(url), undefined, url);
  const wrong = [
    "https://backup.example",
    "https://backup.example/rb/",
    "https://b_1.example/",
    "https://[::1]:8090/",
    "ftp://x/",
    "x",
    "",
  ];
  for (const url of [...wrong, "https://u:p@backup.example/", "https://backup.example/?a", "https://backup.example/#a"]) {
    assert.match(accessUrlFault(url) ?? "", /^The /, url);
  }
});
