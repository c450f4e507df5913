import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIpAddress } from "./ip-address.ts";

test("an IP address has one way of being written", () => {
  assert.equal(parseIpAddress("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(parseIpAddress("::FFFF:c000:201"), "192.0.2.1");
  assert.equal(parseIpAddress("0:0:0:0:0:0:0:1"), "::1");
  assert.equal(parseIpAddress("FE80::A%eth0"), "fe80::a");
  for (const text of ["", "localhost", "1.2.3", "1.2.3.4:80", "[::1]"]) assert.equal(parseIpAddress(text), undefined, text);
});
