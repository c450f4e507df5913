import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alarm } from "#model/alarm.ts";
import type { AlarmChannel } from "#model/alarm-channel.ts";
import { mergedSettings } from "./channel-settings.ts";
import { digestNotice } from "./digest.ts";
import { alarmNotice, recoveryNotice, summaryNotice } from "./notices.ts";
import { goesTo } from "./route.ts";
import { readSendFailure } from "./send-failure.ts";

const FRAME = { id: "n1", atMs: 120_000, url: undefined };
const ALARM: Alarm = {
  id: 4,
  kind: "size",
  subject: "thing 4",
  account: "laptop",
  summary: "It is a tenth of what it was.",
  openedAtMs: 0,
  seenAtMs: 0,
  closedAtMs: undefined,
  outcome: undefined,
};
const CHANNEL: AlarmChannel = {
  id: 7,
  name: "phone",
  kind: "ntfy",
  kinds: undefined,
  accounts: undefined,
  digest: undefined,
  createdAtMs: 0,
  disabledAtMs: undefined,
};

test("a notice says what, since when and whose, on lines of plain text", () => {
  assert.deepEqual(alarmNotice(ALARM, FRAME), {
    ...FRAME,
    kind: "alarm",
    title: "Backup much smaller (laptop)",
    text: "It is a tenth of what it was.\n\nSince 1970-01-01 00:00 UTC\nAccount laptop",
    alarm: { id: 4, kind: "size", subject: "thing 4" },
  });
  const over = recoveryNotice({ ...ALARM, account: undefined, closedAtMs: 60_000, outcome: "It is as it was." }, FRAME);
  assert.deepEqual(
    [over.kind, over.title, over.text.split("\n").at(-1)],
    ["recovery", "Over: Backup much smaller", "From 1970-01-01 00:00 UTC to 1970-01-01 00:01 UTC"],
  );
});

test("a summary and a digest are one page, however much has happened", () => {
  const titles = Array.from({ length: 500 }, (_, index) => `Title ${index}`);
  const summary = summaryNotice(titles, FRAME);
  assert.deepEqual([summary.title, summary.alarm, summary.text.split("\n").at(-1)], ["500 more notices", undefined, "- and 480 more"]);
  const digest = digestNotice({ day: "2026-11-22", lines: titles, open: titles.map(() => ALARM), closed: titles.map(() => ALARM) }, FRAME);
  assert.equal(digest.title, "Digest of 2026-11-22: 500 alarms are open");
  assert.equal(digest.text.split("\n").length, 50 + 1 + 22 + 1 + 22);
});

test("a digest says when no alarm is open, and what is over", () => {
  const closed = [{ ...ALARM, outcome: "It is as it was." }];
  const { title, text } = digestNotice({ day: "2026-11-22", lines: [], open: [], closed }, FRAME);
  assert.equal(title, "Digest of 2026-11-22: no alarm is open");
  assert.equal(text, "Over since yesterday:\n- It is a tenth of what it was. It is as it was.\n\nNo alarm is open.");
});

test("an alarm goes where its kind and its account are wanted, and never tells a broken channel of itself", () => {
  const goes = (alarm: Partial<Alarm>, channel: Partial<AlarmChannel>) => goesTo({ ...ALARM, ...alarm }, { ...CHANNEL, ...channel });
  const cases: [Partial<Alarm>, Partial<AlarmChannel>, boolean][] = [
    [{}, {}, true],
    [{}, { disabledAtMs: 1 }, false],
    [{}, { kinds: ["silence", "size"] }, true],
    [{}, { kinds: ["silence"] }, false],
    [{}, { accounts: ["nas", "LAPTOP"] }, true],
    [{}, { accounts: ["nas"] }, false],
    [{ account: undefined }, { accounts: ["nas"] }, false],
    [{ account: undefined }, {}, true],
    [{ kind: "delivery", subject: "channel 7" }, {}, false],
    [{ kind: "delivery", subject: "channel 8" }, {}, true],
    [{ kind: "delivery", subject: "channel 8" }, { kinds: ["size"] }, false],
  ];
  for (const [alarm, channel, expected] of cases) assert.equal(goes(alarm, channel), expected, JSON.stringify([alarm, channel]));
});

test("what a channel throws is read with care, and no secret gets out of it", () => {
  const settings = { url: "https://ntfy.example", token: "tk/secret", keys: ["key-one", "abc"] };
  const way = { secretNames: ["token", "keys", "absent"] };
  const read = (error: unknown) => readSendFailure(error, settings, way);
  const thrown = (message: string, fields: object) => Object.assign(new Error(message), fields);
  assert.deepEqual(read(thrown("No tk/secret, tk%2Fsecret or key-one here", { retry: false })), {
    retry: false,
    pauseMs: undefined,
    sentence: "No ***, *** or *** here",
  });
  assert.deepEqual(read(thrown("Slow", { retry: true, pauseMs: 5 })).pauseMs, 5);
  for (const pauseMs of [-1, Number.NaN, "5", Number.POSITIVE_INFINITY]) {
    assert.equal(read(thrown("Slow", { retry: true, pauseMs })).pauseMs, undefined);
  }
  for (const error of [new TypeError("tk/secret"), "tk/secret", null, { retry: false, message: "tk/secret" }]) {
    assert.deepEqual(read(error), { retry: true, pauseMs: undefined, sentence: "Sending failed unexpectedly" });
  }
  assert.equal(read(new DOMException("late", "TimeoutError")).sentence, "The receiver did not answer in time");
});

test("of secrets those that are given count, and those that are not stay", () => {
  const former = { url: "u", token: "t", password: "p" };
  const way = { secretNames: ["token", "password", "other"] };
  assert.deepEqual(mergedSettings(former, { url: "v", token: "***" }, way), { url: "v", token: "t", password: "p" });
  assert.deepEqual(mergedSettings(former, { token: "new", password: "" }, way), { token: "new", password: "" });
});
