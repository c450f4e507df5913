import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import { openAlarmPlace, refusal } from "../../../test/support/alarm-place.ts";
import { changeChannel } from "./change-channel.ts";
import { openAlarm } from "./open-alarm.ts";
import { pageOfDeliveries } from "./page-of-alarms.ts";
import { disableChannel, enableChannel, removeChannel } from "./remove-channel.ts";
import { sendTest } from "./send-test.ts";
import { pageOfChannels, showChannel } from "./show-channel.ts";

const LATE = { kind: "silence", subject: "thing 1", summary: "Nothing has come." } as const;
const HOUR = 3_600_000;
const signal = AbortSignal.timeout(60_000);

test("a secret is masked on every way out, and lies sealed in the database", async () => {
  await using place = await openAlarmPlace();
  const shown = [
    await place.addChannel("phone"),
    await showChannel(place.core, { name: "PHONE" }),
    await changeChannel(place.core, OPERATOR, "phone", { settings: { url: "phone", token: "***", priority: 5 } }),
    ...(await pageOfChannels(place.core, { after: undefined, limit: 5 })),
  ];
  assert.deepEqual(
    shown.map(({ settings }) => settings?.["token"]),
    ["***", "***", "***", "***"],
  );
  assert.equal(shown[3]?.settings?.["priority"], 5);
  const rows = await place.core.database.read.selectFrom("alarmChannel").selectAll().execute();
  const lines = await place.core.database.read.selectFrom("operation").selectAll().execute();
  assert.ok(!JSON.stringify([rows, lines, shown, place.logged]).includes("secret of"));
});

test("a secret that is given back as its mask stays, unless it would go to another place", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  const change = (settings: Readonly<Record<string, string>>) => changeChannel(place.core, OPERATOR, "phone", { settings });
  for (const settings of [{ url: "elsewhere", token: "***" }, { url: "elsewhere" }]) {
    await assert.rejects(change(settings), { code: "invalid_input", message: /again/ });
  }
  await change({ url: "phone", topic: "t" });
  let seen: unknown;
  place.setAnswer(async (_to, _notice, settings) => {
    seen = settings;
  });
  await sendTest(place.core, { name: "phone" }, signal);
  assert.deepEqual(seen, { url: "phone", topic: "t", token: "secret of phone" });
  await change({ url: "elsewhere", token: "another" });
  await assert.rejects(place.addChannel("mail", { settings: { url: "x", token: "***" } }), { code: "invalid_input" });
});

test("sealed settings of one channel do not open in the row of another", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  await place.addChannel("mail");
  const rows = await place.core.database.read.selectFrom("alarmChannel").select(["name", "sealedSettings"]).execute();
  const [phone, mail] = ["phone", "mail"].map((name) => rows.find((row) => row.name === name)?.sealedSettings ?? assert.fail());
  const swapped = { formerSettings: mail ?? "", sealedSettings: phone ?? "", kinds: undefined, accounts: undefined, digest: undefined };
  await place.core.database.write("changeChannel", { name: "mail", ...swapped, digestDay: undefined, nowMs: 1, by: OPERATOR });
  assert.equal((await showChannel(place.core, { name: "mail" })).settings, undefined);
  const reason = "Its settings were sealed with another master key; set them again";
  assert.deepEqual(await sendTest(place.core, { name: "mail" }, signal), { taken: false, reason });
});

test("a test is tried once, and how it went is told at once and stands in the delivery log", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  assert.deepEqual(await sendTest(place.core, { name: "Phone" }, signal), { taken: true });
  let tries = 0;
  place.setAnswer(async () => {
    tries += 1;
    throw refusal("No such topic", true);
  });
  assert.deepEqual(await sendTest(place.core, { name: "phone" }, signal), { taken: false, reason: "No such topic" });
  await place.run(24 * HOUR);
  assert.equal(tries, 1);
  const log = await pageOfDeliveries(place.core, { limit: 5 });
  assert.deepEqual(
    log.map(({ noticeKind, status, lastError }) => [noticeKind, status, lastError]),
    [
      ["test", "given_up", "No such topic"],
      ["test", "sent", undefined],
    ],
  );
  await assert.rejects(sendTest(place.core, { name: "nobody" }, signal), { code: "not_found" });
});

test("a channel that is off gets nothing, neither what waited nor what came meanwhile", async () => {
  await using place = await openAlarmPlace();
  await place.addChannel("phone");
  place.setAnswer(async () => {
    throw refusal("Not now", true);
  });
  await openAlarm(place.core, LATE);
  await place.run(1);
  await disableChannel(place.core, OPERATOR, { name: "phone" });
  place.setAnswer(async () => {});
  await openAlarm(place.core, { ...LATE, subject: "thing 2" });
  await place.run(HOUR);
  await enableChannel(place.core, OPERATOR, { name: "phone" });
  await place.run(HOUR);
  assert.deepEqual(place.titles(), []);
  await openAlarm(place.core, { ...LATE, subject: "thing 3" });
  await place.run(HOUR);
  assert.deepEqual(place.titles(), ["phone: Backup missing"]);
  await removeChannel(place.core, OPERATOR, { name: "phone" });
  assert.deepEqual(await pageOfDeliveries(place.core, { limit: 5 }), []);
});

test("a channel of accounts that are not there, of no kind or without a zone is refused", async () => {
  await using place = await openAlarmPlace();
  const refused: [object, string][] = [
    [{ name: "a b" }, "invalid_input"],
    [{ accounts: ["nobody"] }, "not_found"],
    [{ kinds: [] }, "invalid_input"],
    [{ digest: { hour: 24, zone: "UTC" } }, "invalid_input"],
    [{ digest: { hour: 7, zone: "Mars/Olympus" } }, "invalid_input"],
    [{ digest: { hour: 7, zone: "+02:00" } }, "invalid_input"],
    [{ settings: { url: "x".repeat(20_000) } }, "invalid_input"],
  ];
  for (const [options, code] of refused)
    await assert.rejects(place.addChannel("phone", options), { code }, JSON.stringify(options).slice(0, 80));
  assert.deepEqual(await pageOfChannels(place.core, { after: undefined, limit: 5 }), []);
});

test("a digest comes once a day at its hour, also when its work is run often, and tells what is open", async () => {
  await using place = await openAlarmPlace();
  place.state.digestLines = ["2 things are safe."];
  const { id } = await place.addChannel("phone", { digest: { hour: 7, zone: "Europe/Vienna" } });
  await openAlarm(place.core, LATE);
  await place.run(17 * HOUR); // from 13:00 to 06:00 there
  place.titles();
  for (let runs = 0; runs < 30; runs += 1) {
    await place.core.alarms.schedule("alarms.digest", `${id}`, place.state.nowMs);
    await place.run(HOUR);
  }
  const digests = place.received.filter(({ notice }) => notice.kind === "digest");
  assert.deepEqual(
    digests.map(({ atMs, notice }) => [new Date(atMs).toISOString(), notice.title]),
    [
      ["2026-11-23T06:00:00.000Z", "Digest of 2026-11-23: 1 alarm is open"],
      ["2026-11-24T06:00:00.000Z", "Digest of 2026-11-24: 1 alarm is open"],
    ],
  );
  assert.match(digests[0]?.notice.text ?? "", /^2 things are safe\.\n\nOpen alarms:\n- Nothing has come\. \(since 2026-11-22 12:00 UTC\)$/);
});
