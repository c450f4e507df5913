import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_LIMITS } from "#limits.ts";
import { type Attempt, FailureThrottle } from "./failure-throttle.ts";
import { type Guess, Guesses } from "./guesses.ts";

const home = { login: "laptop", address: "192.0.2.1" } as const;

function open(proven = false) {
  const throttle = new FailureThrottle({ ...DEFAULT_LIMITS, failuresPerWindow: 3 }, () => 1_000_000);
  return new Guesses(throttle, async () => proven);
}

async function enter(guesses: Guesses, attempt: Attempt = home): Promise<Guess> {
  return (await guesses.enter(attempt)) ?? assert.fail("refused unseen");
}

test("no more guesses are under way than may fail, and who waits behind them is refused when they do", async () => {
  const guesses = open();
  const under = [await enter(guesses), await enter(guesses), await enter(guesses)];
  let answer: Guess | undefined | "waits" = "waits";
  const fourth = guesses.enter(home).then((guess) => {
    answer = guess;
  });
  under[0]?.failed();
  under[1]?.failed();
  await sleep(1);
  assert.equal(answer, "waits");
  under[2]?.failed();
  await fourth;
  assert.equal(answer, undefined);
});

test("who waits gets in when one of those under way was right, or was not looked at", async () => {
  for (const end of ["succeeded", "unseen"] as const) {
    const guesses = open();
    const under = [await enter(guesses), await enter(guesses), await enter(guesses)];
    const fourth = guesses.enter(home);
    if (end === "succeeded") under[0]?.succeeded();
    else under[0]?.[Symbol.dispose]();
    assert.notEqual(await fourth, undefined, end);
  }
});

test("a guess counts once, whatever is said of it after that", async () => {
  const guesses = open();
  for (let round = 0; round < 2; round += 1) {
    using guess = await enter(guesses);
    guess.failed();
    guess.failed();
    guess.succeeded();
  }
  assert.notEqual(await guesses.enter(home), undefined);
});

test("who gives up waiting is not taken in", async () => {
  const guesses = open();
  for (let round = 0; round < 3; round += 1) await enter(guesses);
  const gaveUp = new AbortController();
  const fourth = guesses.enter(home, gaveUp.signal);
  await sleep(1);
  gaveUp.abort();
  assert.equal(await fourth, undefined);
});

test("a pair that the database knows is not held up by guesses at its login from elsewhere", async () => {
  const guesses = open(true);
  const strangers = new Guesses(
    new FailureThrottle({ ...DEFAULT_LIMITS, failuresPerWindow: 1 }, () => 0),
    async ({ address }) => address === "192.0.2.1",
  );
  await enter(strangers, { login: "laptop", address: "198.51.100.7" });
  assert.equal((await enter(strangers)).isProven, true);
  assert.equal((await enter(guesses)).isProven, true);
});
