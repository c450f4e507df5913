import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { PeerAddress } from "#model/peer-address.ts";
import { openWorkerSet, type SetWorker } from "../../../test/support/worker-set.ts";
import { ToldGuesses } from "./told-guesses.ts";
import { lineToPrimary, type MeasuredKind } from "./worker-messages.ts";

const WRONG = /Wrong user name or password/;
const BLOCKED = /Too many failed/;

/** What a guess comes to, in the words that its client is told. */
async function guess({ core }: SetWorker, login: string, secret: string, address: PeerAddress = "198.51.100.7"): Promise<string> {
  return await core.signIn.withSecret({ login, secret, address }).then(
    () => "in",
    (error: Error) => error.message,
  );
}

test("HB-4: guesses are counted over all workers: however they are spread, and all at once, no more are looked at than may fail", async () => {
  await using set = await openWorkerSet({ workers: 3, flags: { "limits.failuresPerWindow": "5" } });
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, index) => guess(set.workers[index % 3] ?? assert.fail(), "laptop", `guess ${index}`)),
  );
  assert.equal(answers.filter((answer) => WRONG.test(answer)).length, 5);
  assert.equal(answers.filter((answer) => BLOCKED.test(answer)).length, 19);
  assert.deepEqual(set.faults, []);
});

test("a password that was being looked at when its worker died has failed, one that was not looked at has not", async () => {
  for (const outcome of ["died", "unseen"] as const) {
    await using set = await openWorkerSet({ flags: { "limits.failuresPerWindow": "2" } });
    const [one, other] = [set.workers[0] ?? assert.fail(), set.workers[1] ?? assert.fail()];
    const guesses = new ToldGuesses(lineToPrimary(one.line));
    const attempt = { login: "laptop", address: "198.51.100.7" } as const;
    const under = [await guesses.enter(attempt), await guesses.enter(attempt)];
    if (outcome === "unseen") for (const entered of under) entered?.[Symbol.dispose]();
    one.line.flush();
    one.die();
    await sleep(50);
    assert.match(await guess(other, "laptop", "guess 3"), outcome === "died" ? BLOCKED : WRONG, outcome);
  }
});

test("a primary that does not answer refuses unknown passwords for now, and stops nobody whose password is known", async () => {
  await using set = await openWorkerSet({ workers: 1, answerMs: 300 });
  const worker = set.workers[0] ?? assert.fail();
  await worker.core.signIn.withSecret(set.right);
  worker.die();
  await sleep(20);
  assert.equal((await worker.core.signIn.withSecret(set.right)).login, "laptop");
  await assert.rejects(worker.core.signIn.withSecret({ ...set.right, secret: "another" }), { code: "unavailable" });
  await assert.rejects(worker.core.signIn.withToken({ secret: "hft_unknown", address: "unix" }), { code: "unavailable" });
});

test("a machine that was in at one worker is not locked out at another by guesses from elsewhere", async () => {
  await using set = await openWorkerSet({ flags: { "limits.failuresPerWindow": "2" } });
  const [one, other] = [set.workers[0] ?? assert.fail(), set.workers[1] ?? assert.fail()];
  await one.core.signIn.withSecret(set.right);
  for (let round = 0; round < 2; round += 1) assert.match(await guess(one, "laptop", `guess ${round}`), WRONG);
  assert.match(await guess(other, "laptop", "guess"), BLOCKED);
  assert.equal((await other.core.signIn.withSecret(set.right)).login, "laptop");
});

test("failed sign-ins at several workers make one line, with how many they were", async () => {
  await using set = await openWorkerSet();
  for (const [index, worker] of [...set.workers, ...set.workers].entries()) await guess(worker, "laptop", `guess ${index}`);
  for (const worker of set.workers) worker.line.flush();
  await sleep(50);
  await set.primary.forWorkers?.journal.flush();
  const failed = (await set.operations()).filter(({ kind }) => kind === "signin.failed");
  assert.deepEqual(
    failed.map(({ details }) => details["count"]),
    [4],
  );
});

test("what one worker has measured of imported passwords is known to the others", async () => {
  await using set = await openWorkerSet();
  const [one, other] = [set.workers[0] ?? assert.fail(), set.workers[1] ?? assert.fail()];
  const heard: MeasuredKind[] = [];
  lineToPrimary(other.line).onTold("password.measured", (measured) => void heard.push(measured));
  const told = { kind: "bcrypt 10", ms: 55 };
  lineToPrimary(one.line).tell("password.measured", told);
  while (heard.length === 0) await sleep(5);
  assert.deepEqual(heard, [told]);
  assert.deepEqual([...(set.primary.forWorkers?.passwords.known ?? [])], [["bcrypt 10", 55]]);
});
