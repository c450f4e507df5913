import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerAddress } from "#model/peer-address.ts";
import { type FailedSignIn, FailedSignIns } from "./failed-sign-ins.ts";

function failed(login: string, address: PeerAddress = "192.0.2.1", more: Partial<FailedSignIn> = {}): FailedSignIn {
  return { login, address, door: "restic", client: "restic/0.19.1", account: undefined, because: undefined, unseen: false, ...more };
}

test("failures of one login from one place are one line with their count", () => {
  const it = new FailedSignIns(10);
  it.add(failed("laptop", "2001:db8::1"), 100);
  it.add(failed("LAPTOP", "2001:db8::2", { unseen: true }), 300);
  it.add(failed("laptop", "192.0.2.2"), 200);
  const lines = it.take();
  assert.deepEqual(
    lines.map(({ summary, startedAtMs, endedAtMs, details }) => [summary, startedAtMs, endedAtMs, details]),
    [
      ["Failed sign-in as laptop, from 2001:db8::1, 2 times", 100, 300, { count: 2, unseen: 1, because: "wrong" }],
      ["Failed sign-in as laptop, from 192.0.2.2", 200, 200, { count: 1, unseen: 0, because: "wrong" }],
    ],
  );
  assert.deepEqual(lines[0]?.actor, { kind: "stranger", login: "laptop" });
  assert.equal(it.isEmpty, true);
  assert.deepEqual(it.take(), []);
});

test("somebody who knew the password and was not let in has a line of another kind", () => {
  const it = new FailedSignIns(10);
  it.add(failed("laptop.nas", "192.0.2.1", { account: "laptop", because: "address" }), 1);
  it.add(failed("laptop.nas", "192.0.2.1", { account: "laptop" }), 1);
  const [refused, wrong] = it.take();
  assert.deepEqual([refused?.status, refused?.actor.kind, refused?.account], ["refused", "account", "laptop"]);
  assert.match(refused?.summary ?? "", /laptop\.nas was not let in: the login is not allowed there, from 192\.0\.2\.1/);
  assert.deepEqual([wrong?.status, wrong?.actor.kind, wrong?.account], ["failed", "stranger", "laptop"]);
});

test("a flood under a hundred thousand names is a few lines, and the last one counts the rest", () => {
  const it = new FailedSignIns(30);
  for (let count = 0; count < 100_000; count += 1) it.add(failed(`guess${count}`), count);
  const lines = it.take();
  assert.equal(lines.length, 30);
  assert.match(lines.at(-1)?.summary ?? "", /^99971 more failed sign-ins/);
  assert.equal(lines.at(-1)?.details?.["count"], 99_971);
});

test("a claimed login is cut, and steers no terminal", () => {
  const it = new FailedSignIns(30);
  it.add(failed(`\u001b[2J\u202e${"x".repeat(1000)}`), 1);
  const [line] = it.take();
  assert.deepEqual(line?.actor, { kind: "stranger", login: `?[2J?${"x".repeat(59)}` });
  assert.doesNotMatch(JSON.stringify(line), /\\u|x{60}/);
});
