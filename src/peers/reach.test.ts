import assert from "node:assert/strict";
import { test } from "node:test";
import { reachOf } from "./reach.ts";

const INTERNET = ["1.1.1.1", "93.184.216.34", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "64:ff9b::101:101"];
const LAN = ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fd12::1", "::ffff:192.168.1.1", "64:ff9b::c0a8:101"];
const LOOPBACK = [
  "127.0.0.1",
  "127.255.255.254",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "0:0:0:0:0:ffff:127.0.0.1",
  "64:ff9b::7f00:1",
];
const METADATA = ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"];
const NOBODYS = [
  "0.0.0.0",
  "0.1.2.3",
  "169.254.7.7",
  "192.0.2.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::2",
  "::7f00:1",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "2001:db8::1",
  "2001::1",
  "2002:7f00:1::1",
  "64:ff9b::",
  "64:ff9b:1::7f00:1",
];

test("by default the internet and private networks are reached, and nothing else", () => {
  const reach = reachOf(["private"]);
  for (const address of [...INTERNET, ...LAN]) assert.equal(reach(address), true, address);
  for (const address of [...LOOPBACK, ...METADATA, ...NOBODYS]) assert.equal(reach(address), false, address);
});

test("with nothing allowed the internet is left, and loopback is a word of its own", () => {
  for (const address of INTERNET) assert.equal(reachOf([])(address), true, address);
  for (const address of [...LAN, ...LOOPBACK, ...METADATA, ...NOBODYS]) assert.equal(reachOf([])(address), false, address);
  for (const address of LOOPBACK) assert.equal(reachOf(["loopback"])(address), true, address);
  for (const address of [...LAN, ...METADATA, ...NOBODYS]) assert.equal(reachOf(["loopback"])(address), false, address);
});

test("an address or a network that is named is reached, in whatever form it comes", () => {
  const reach = reachOf(["169.254.7.0/24", "127.0.0.1", "fe80::/64"]);
  for (const address of ["169.254.7.7", "127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1%eth0"]) {
    assert.equal(reach(address), true, address);
  }
  for (const address of ["169.254.169.254", "127.0.0.2", "::1", "10.0.0.1", "fe80:1::1"]) assert.equal(reach(address), false, address);
});

test("what is no address is not reached", () => {
  const reach = reachOf(["private", "loopback"]);
  for (const text of ["", "localhost", "2130706433", "0x7f.1", "127.1", "10.0.0.1:80", "[::1]"]) assert.equal(reach(text), false, text);
});
