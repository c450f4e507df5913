import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import { openAlarmPlace } from "../../../test/support/alarm-place.ts";
import { catchUpAlarms } from "./catch-up-alarms.ts";
import { closeAlarm } from "./close-alarm.ts";
import { liftSilence } from "./lift-silence.ts";
import { openAlarm } from "./open-alarm.ts";
import { silenceAlarm } from "./silence-alarm.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LATE = { kind: "silence", subject: "thing 1", summary: "Nothing has come since Monday." } as const;
const CAME = { ...LATE, outcome: "A backup has come." };
const signal = AbortSignal.timeout(120_000);

test("an alarm is told once however often its cause is seen, and its end once it has stayed away", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  assert.equal((await openAlarm(place.core, LATE)).opened, true);
  await place.run(MINUTE);
  assert.equal((await openAlarm(place.core, LATE)).opened, false);
  await place.run(HOUR);
  assert.deepEqual(place.titles(), ["phone: Backup missing"]);
  await closeAlarm(place.core, CAME);
  await place.run(4 * MINUTE);
  assert.deepEqual(place.titles(), []);
  await place.run(2 * MINUTE);
  const [{ notice } = assert.fail()] = place.received;
  assert.match(
    notice.text,
    /^A backup has come\.\n\nIt was: Nothing has come since Monday\.\nFrom 2026-11-22 12:00 UTC to 2026-11-22 13:01 UTC$/,
  );
  assert.equal(notice.url, "https://hub.example/alarms/1");
  assert.deepEqual(place.titles(), ["phone: Over: Backup missing"]);
});

test("a cause that comes and goes makes one notice, and one recovery when it stays away for longer than it ever did", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  for (let times = 0; times < 6; times += 1) {
    await openAlarm(place.core, LATE);
    await place.run(3 * MINUTE);
    await closeAlarm(place.core, CAME);
    await place.run(3 * MINUTE);
  }
  assert.deepEqual(place.titles(), ["phone: Backup missing"]);
  await place.run(2 * HOUR);
  assert.deepEqual(place.titles(), [], "five times five minutes doubled are 160");
  await place.run(HOUR);
  assert.deepEqual(place.titles(), ["phone: Over: Backup missing"]);
});

test("who is told of an end has been told of the beginning", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  await openAlarm(place.core, LATE);
  await place.run(MINUTE);
  await place.addChannel("mail");
  await closeAlarm(place.core, CAME);
  await place.run(HOUR);
  assert.deepEqual(place.titles(), ["phone: Backup missing", "phone: Over: Backup missing"]);
});

test("an alarm that is over before anybody could be told of it is told to nobody", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  await openAlarm(place.core, LATE);
  await closeAlarm(place.core, CAME);
  await place.run(HOUR);
  assert.deepEqual(place.titles(), []);
  assert.equal((await openAlarm(place.core, LATE)).opened, true, "its end is settled");
});

test("what is muted is told when the silence ends or is lifted, if it is still open", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  const mute = (subject: string, hours: number) =>
    silenceAlarm(place.core, OPERATOR, {
      target: { kind: "subject", subject },
      untilMs: place.state.nowMs + hours * HOUR,
      reason: "moving house",
    });
  await mute("thing 1", 20);
  const lifted = await mute("thing 2", 20);
  await mute("thing 3", 20);
  for (const subject of ["thing 1", "thing 2", "thing 3"]) await openAlarm(place.core, { ...LATE, subject, account: subject.slice(6) });
  await place.run(HOUR);
  assert.deepEqual(place.titles(), []);
  await liftSilence(place.core, OPERATOR, lifted);
  await closeAlarm(place.core, { ...CAME, subject: "thing 3" });
  await place.run(18 * HOUR);
  assert.deepEqual(place.titles(), ["phone: Backup missing (2)"]);
  await place.run(2 * HOUR);
  assert.deepEqual(place.titles(), ["phone: Backup missing (1)"]);
  await assert.rejects(mute("thing 1", 0), { code: "invalid_input" });
  await assert.rejects(mute("thing 1", 24 * 400), { code: "invalid_input" });
});

test("an alarm that is muted after it was told ends without a word", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  const { alarm } = await openAlarm(place.core, LATE);
  await place.run(MINUTE);
  place.titles();
  const target = { kind: "alarm", alarmId: alarm.id } as const;
  await silenceAlarm(place.core, OPERATOR, { target, untilMs: place.state.nowMs + 9 * HOUR, reason: "known" });
  await closeAlarm(place.core, CAME);
  await place.run(24 * HOUR);
  assert.deepEqual(place.titles(), []);
});

test("alarms that nobody could be asked to tell of are found by the next catch-up", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  place.state.scheduling = false;
  await openAlarm(place.core, LATE);
  await place.run(HOUR);
  assert.deepEqual(place.titles(), []);
  place.state.scheduling = true;
  assert.equal(await catchUpAlarms(place.core, signal), place.state.nowMs + HOUR);
  await place.run(MINUTE);
  assert.deepEqual(place.titles(), ["phone: Backup missing"]);
});
