import assert from "node:assert/strict";
import { test } from "node:test";
import { networksHold, parseNetwork } from "./network.ts";

test("a network is an address, an address with bits, or unix, and has one spelling", () => {
  assert.equal(parseNetwork("192.0.2.7"), "192.0.2.7");
  assert.equal(parseNetwork("10.0.0.0/8"), "10.0.0.0/8");
  assert.equal(parseNetwork("2001:DB8:0:0::/32"), "2001:db8::/32");
  assert.equal(parseNetwork("::ffff:192.0.2.7"), "192.0.2.7");
  assert.equal(parseNetwork("unix"), "unix");
  for (const text of [
    "",
    "nas",
    "10.0.0.0/33",
    "10.0.0.0/0",
    "::/0",
    "::/129",
    "10.0.0.0/8/8",
    "10.0.0.0/",
    "10.0.0.0/08",
    "fe80::1%eth0",
  ]) {
    assert.equal(parseNetwork(text), undefined, text);
  }
});

test("an address lies in a network of its own family, and a unix socket only where it is named", () => {
  const holds = networksHold(["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"]);
  for (const address of ["192.0.2.0", "192.0.2.255", "2001:db8:ffff::1", "198.51.100.7"]) assert.equal(holds(address), true, address);
  for (const address of ["192.0.3.0", "2001:db9::1", "198.51.100.8", "::1"]) assert.equal(holds(address), false, address);
  assert.equal(holds("unix"), false);
  assert.equal(networksHold(["unix"])("unix"), true);
  assert.equal(networksHold(["unix"])("127.0.0.1"), false);
});
