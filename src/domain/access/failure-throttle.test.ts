import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "#limits.ts";
import { FailureThrottle } from "./failure-throttle.ts";

function throttle() {
  let nowMs = 1_000_000;
  const limits = { ...DEFAULT_LIMITS, failuresPerWindow: 3, failureWindowMs: 1000 };
  return { it: new FailureThrottle(limits, () => nowMs), pass: (ms: number) => (nowMs += ms) };
}

const home = { login: "laptop", address: "192.0.2.1" } as const;

test("after so many failures a login and an address are refused unseen, until the window is over", () => {
  const { it, pass } = throttle();
  for (let count = 0; count < 3; count += 1) it.failed(home);
  assert.equal(it.blocks(home), true);
  assert.equal(it.blocks({ login: "nas", address: home.address }), true);
  assert.equal(it.blocks({ login: "LAPTOP", address: "198.51.100.7" }), true);
  assert.equal(it.blocks({ login: "nas", address: "198.51.100.7" }), false);
  pass(1000);
  assert.equal(it.blocks(home), false);
});

test("someone who guesses from elsewhere does not lock out the machine that has signed in before", () => {
  const { it } = throttle();
  it.succeeded(home);
  for (let count = 0; count < 9; count += 1) it.failed({ login: "laptop", address: "198.51.100.7" });
  for (let count = 0; count < 9; count += 1) it.failed({ login: "other", address: home.address });
  assert.equal(it.blocks(home), false);
  assert.equal(it.blocks({ login: "laptop", address: "203.0.113.9" }), true);
});

test("a machine that has signed in before and then fails is refused all the same", () => {
  const { it } = throttle();
  it.succeeded(home);
  for (let count = 0; count < 3; count += 1) it.failed(home);
  assert.equal(it.blocks(home), true);
});

test("all addresses of one IPv6 /64 count as one", () => {
  const { it } = throttle();
  for (const last of ["1", "2", "3"]) it.failed({ login: `guess${last}`, address: `2001:db8:1:2::${last}` });
  assert.equal(it.blocks({ login: "x", address: "2001:db8:1:2:ffff::9" }), true);
  assert.equal(it.blocks({ login: "x", address: "2001:db8:1:3::1" }), false);
});

test("a clock that is set back locks nobody out", () => {
  const { it, pass } = throttle();
  for (let count = 0; count < 3; count += 1) it.failed(home);
  pass(-500_000);
  assert.equal(it.blocks(home), false);
});
