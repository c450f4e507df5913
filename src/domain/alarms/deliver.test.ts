import assert from "node:assert/strict";
import { test } from "node:test";
import { openAlarmPlace, refusal } from "../../../test/support/alarm-place.ts";
import { closeAlarm } from "./close-alarm.ts";
import { deliver } from "./deliver.ts";
import { openAlarm } from "./open-alarm.ts";
import { pageOfAlarms, pageOfDeliveries } from "./page-of-alarms.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LATE = { kind: "silence", subject: "thing 1", summary: "Nothing has come." } as const;

test("a notice that is not taken is tried again after growing pauses, with the same id, until it is", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  const tries: [seconds: number, id: string][] = [];
  const startedMs = place.state.nowMs;
  place.setAnswer(async (_, { id }) => {
    tries.push([(place.state.nowMs - startedMs) / 1000, id]);
    if (tries.length < 5) throw refusal("Not now", true);
  });
  await openAlarm(place.core, LATE);
  await place.run(24 * HOUR);
  const [, id] = tries[0] ?? assert.fail();
  assert.deepEqual(
    tries,
    [0, 30, 90, 210, 450].map((seconds) => [seconds, id]),
  );
  assert.deepEqual(place.titles(), ["phone: Backup missing"]);
});

test("a receiver that asks for a pause gets it, for all that goes there", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  const startedMs = place.state.nowMs;
  const tries: number[] = [];
  place.setAnswer(async () => {
    tries.push((place.state.nowMs - startedMs) / MINUTE);
    if (tries.length === 1) throw refusal("Too many requests", true, 10 * MINUTE);
  });
  for (const subject of ["thing 1", "thing 2"]) await openAlarm(place.core, { ...LATE, subject });
  await place.run(HOUR);
  assert.deepEqual(tries, [0, 10, 10]);
});

test("what is given up is an alarm of its own, told everywhere else, and over once the channel takes something", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  await place.addChannel("mail");
  let works = false;
  const to: string[] = [];
  place.setAnswer(async (name, { title }) => {
    if (name === "phone") to.push(title);
    if (name === "phone" && !works) throw refusal("Wrong token: secret of phone", false);
  });
  await openAlarm(place.core, LATE);
  await place.run(MINUTE);
  assert.deepEqual(place.titles(), ["mail: Backup missing", "mail: A channel does not work"]);
  assert.deepEqual(to, ["Backup missing"], "once, and nothing of the other alarm");
  const [given] = await pageOfDeliveries(place.core, { status: "given_up", limit: 5 });
  assert.deepEqual([given?.channelName, given?.attempts, given?.lastError], ["phone", 1, "Wrong token: ***"]);
  assert.ok(!place.logged.join("").includes("secret of"), "no secret in the log");
  const [alarm] = await pageOfAlarms(place.core, { open: true, kind: "delivery", limit: 5 });
  assert.equal(alarm?.summary, "Channel phone did not take a notice: Wrong token: ***");

  await closeAlarm(place.core, { ...LATE, outcome: "It came." });
  await place.run(10 * MINUTE);
  assert.deepEqual(to.length, 1, "the recovery of what was not told is not sent");
  assert.deepEqual(place.titles(), ["mail: Over: Backup missing"]);
  works = true;
  await openAlarm(place.core, { ...LATE, subject: "thing 2" });
  await place.run(10 * MINUTE);
  assert.ok(place.titles().includes("mail: Over: A channel does not work"));
});

test("tries have an end: half a day, and then the channel is what is broken", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  let tries = 0;
  place.setAnswer(async () => {
    tries += 1;
    throw new TypeError("cannot read bot-8152 of undefined");
  });
  await openAlarm(place.core, LATE);
  await place.run(10 * HOUR);
  assert.deepEqual(await pageOfAlarms(place.core, { kind: "delivery", limit: 5 }), []);
  await place.run(14 * HOUR);
  assert.equal(tries, 14);
  const [alarm] = await pageOfAlarms(place.core, { kind: "delivery", limit: 5 });
  assert.equal(alarm?.summary, "Channel phone did not take a notice: Sending failed unexpectedly");
  assert.ok(!place.logged.join("").includes("bot-8152"), "nobody has promised that the message of a bug holds no secret");
});

test("a channel that does not listen to its deadline holds up nobody, and other channels do not wait for it", async () => {
  await using place = await openAlarmPlace({ noticeTimeoutMs: 20, noticeTries: 1 });
  await place.addChannel("deaf");
  await place.addChannel("phone");
  const hanging = Promise.withResolvers<void>();
  place.setAnswer((name) => (name === "deaf" ? hanging.promise : Promise.resolve()));
  await openAlarm(place.core, LATE);
  const kept = setTimeout(() => {}, 10_000); // the deadline's own timer keeps no process alive
  await place.run(MINUTE);
  clearTimeout(kept);
  hanging.resolve();
  const [given] = await pageOfDeliveries(place.core, { status: "given_up", limit: 5 });
  assert.equal(given?.lastError, "The receiver did not answer in time");
  assert.ok(place.titles().includes("phone: Backup missing"));
});

test("a try that was begun and never told of, as after a kill, is made again with the same id", async () => {
  await using place = await openAlarmPlace();
  const { id: channelId } = await place.addChannel("phone");
  const stop = new AbortController();
  const ids: string[] = [];
  place.setAnswer(async (_, { id }) => {
    ids.push(id);
    if (ids.length === 1) stop.abort(new Error("the hub stops"));
  });
  await openAlarm(place.core, LATE);
  place.state.scheduling = false; // only the alarm is looked at
  await place.run(0);
  await assert.rejects(deliver(place.core, channelId, stop.signal), /the hub stops/);
  place.state.scheduling = true;
  place.state.nowMs += MINUTE;
  await deliver(place.core, channelId, AbortSignal.timeout(10_000));
  assert.deepEqual([ids.length, new Set(ids).size], [2, 1]);
});

test("a storm of alarms is so many notices and one summary, and what comes later in the hour is told in the next", async () => {
  await using place = await openAlarmPlace({ noticesPerHour: 5 });
  await place.addChannel("phone");
  const storm = async (from: number, to: number) => {
    for (let number = from; number < to; number += 1) {
      await openAlarm(place.core, { ...LATE, subject: `thing ${number}`, account: `a${number}` });
    }
  };
  await storm(0, 40);
  await place.run(MINUTE);
  const first = place.received.splice(0);
  assert.equal(first.length, 5);
  assert.equal(first.at(-1)?.notice.title, "36 more notices");
  assert.match(first.at(-1)?.notice.text ?? "", /\n- Backup missing \(a4\)\n.*- and 16 more$/s);
  await storm(40, 60);
  await place.run(58 * MINUTE);
  assert.deepEqual(place.titles(), []);
  await place.run(3 * MINUTE);
  assert.deepEqual(place.titles().at(-1), "phone: 16 more notices");
  const log = await pageOfDeliveries(place.core, { limit: 1000 });
  assert.equal(log.filter(({ status }) => status === "folded").length, 52);
  assert.equal(log.filter(({ status }) => status === "waiting").length, 0);
});
