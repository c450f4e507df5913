import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import type { Notice } from "#model/alarm.ts";
import { findMutedUntilMs, listSilences } from "./alarm-silences.ts";
import { findAlarm, findNextPendingMs, listAlarms, listPendingAlarms } from "./alarms.ts";
import { assertRefusal, type ContractEngine } from "./contract-place.ts";
import { type Database, openDatabase } from "./database.ts";
import { listToldChannels } from "./due-deliveries.ts";

const LATE = { kind: "silence", subject: "thing 1", account: "laptop", summary: "Nothing has come since Monday" } as const;
const by = OPERATOR;

/** What alarms and silences promise, on that engine. */
export function alarmsContract({ name: engine, skip, makePlace }: Omit<ContractEngine, "accessDelayMs">): void {
  const on = (title: string, body: (database: Database, other: Database) => Promise<void>) =>
    test(`${engine}: ${title}`, { skip: skip ?? false }, async () => {
      await using place = await makePlace();
      await using database = await openDatabase(place.options);
      await using other = await openDatabase(place.options);
      await body(database, other);
    });

  on("a cause that two processes see at once, over and over, is one alarm with one line", async (database, other) => {
    const seen = await Promise.all(
      Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? database : other).write("openAlarm", { ...LATE, nowMs: 100 + index })),
    );
    assert.equal(seen.filter(({ opened }) => opened).length, 1);
    const states = await listAlarms(database.read, { limit: 10 });
    assert.deepEqual(
      states.map(({ sightings, alarm }) => [sightings, alarm.seenAtMs]),
      [[12, 111]],
    );
    assert.deepEqual(await linesOf(database), [["alarm.opened", "warning", "laptop", LATE.summary]]);
  });

  on("another kind and another subject are other alarms; a clock that was set back does not make it seen earlier", async (database) => {
    const first = await database.write("openAlarm", { ...LATE, nowMs: 100 });
    for (const other of [{ kind: "failing" as const }, { subject: "thing 2" }]) {
      assert.ok((await database.write("openAlarm", { ...LATE, ...other, nowMs: 100 })).opened);
    }
    await database.write("openAlarm", { ...LATE, nowMs: 40 });
    assert.equal((await findAlarm(database.read, first.alarm.id))?.alarm.seenAtMs, 100);
  });

  on("an alarm that comes back before its end is settled is the same, and what was told of it stays told", async (database) => {
    const { alarm } = await database.write("openAlarm", { ...LATE, nowMs: 100 });
    const telling = { notice: noticeOf("n1", alarm.id), channelIds: [] };
    assert.equal(await database.write("announceAlarm", { id: alarm.id, telling, nowMs: 101 }), true);
    assert.equal(await database.write("announceAlarm", { id: alarm.id, telling, nowMs: 102 }), false);
    assert.equal(await findNextPendingMs(database.read), undefined);

    const closed = await database.write("closeAlarm", { ...LATE, outcome: "It came.", nowMs: 110 });
    assert.deepEqual([closed?.alarm.closedAtMs, closed?.alarm.outcome, closed?.pendingAtMs], [110, "It came.", 110]);
    assert.equal(await database.write("closeAlarm", { ...LATE, outcome: "Again.", nowMs: 111 }), undefined);

    const again = await database.write("openAlarm", { ...LATE, nowMs: 120 });
    assert.deepEqual([again.opened, again.alarm.id, again.alarm.closedAtMs, again.alarm.outcome], [false, alarm.id, undefined, undefined]);
    assert.deepEqual([again.reopenings, again.announcedAtMs, again.pendingAtMs], [1, 101, undefined]);
    const settling = { id: alarm.id, closedAtMs: 110, reopenings: 0, recovery: undefined, nowMs: 130 };
    assert.equal(await database.write("settleAlarm", settling), false, "it is open again");
    await database.write("closeAlarm", { ...LATE, outcome: "It came.", nowMs: 110 });
    assert.equal(await database.write("settleAlarm", settling), false, "it was closed once more, within the millisecond");
    assert.equal((await linesOf(database)).length, 1);
  });

  on("an end that is settled has its line and its recovery, and the next sighting is another alarm", async (database) => {
    const { alarm } = await database.write("openAlarm", { ...LATE, nowMs: 100 });
    const telling = { notice: noticeOf("n1", alarm.id), channelIds: [7, 8] };
    await database.write("announceAlarm", { id: alarm.id, telling, nowMs: 101 });
    assert.deepEqual([...(await listToldChannels(database.read, alarm.id))].sort(), [7, 8]);
    await database.write("closeAlarm", { ...LATE, outcome: "It came.", nowMs: 110 });
    const recovery = { notice: { ...noticeOf("n2", alarm.id), kind: "recovery" as const }, channelIds: [7] };
    const settling = { id: alarm.id, closedAtMs: 110, reopenings: 0, recovery, nowMs: 130 };
    assert.equal(await database.write("settleAlarm", settling), true);
    assert.equal(await database.write("settleAlarm", settling), false);
    const waiting = await database.list("listDeliveries", { limit: 10 });
    assert.deepEqual(waiting, [], "no channel has these numbers, so the log shows nothing");
    assert.deepEqual((await linesOf(database))[1], ["alarm.closed", "succeeded", "laptop", "It came."]);
    assert.equal((await findAlarm(database.read, alarm.id))?.settled, true);
    const next = await database.write("openAlarm", { ...LATE, nowMs: 140 });
    assert.equal(next.opened, true);
    assert.notEqual(next.alarm.id, alarm.id);
  });

  on("what is to be looked at is listed by its time, and what a wrong clock has put off for years as well", async (database) => {
    const ids = [];
    for (const [index, untilMs] of [300, 9_000_000, 200].entries()) {
      const { alarm } = await database.write("openAlarm", { ...LATE, subject: `thing ${index}`, nowMs: 100 });
      await database.write("postponeAlarm", { id: alarm.id, pendingAtMs: 99, untilMs: 1 }); // somebody else has moved it
      await database.write("postponeAlarm", { id: alarm.id, pendingAtMs: 100, untilMs });
      ids.push(alarm.id);
    }
    const due = async (nowMs: number, beyondMs: number) =>
      (await listPendingAlarms(database.read, { nowMs, beyondMs, limit: 10 })).map(({ alarm }) => alarm.id);
    assert.deepEqual(await due(250, 10_000_000), [ids[2]]);
    assert.deepEqual(await due(300, 10_000_000), [ids[2], ids[0]]);
    assert.deepEqual(await due(100, 5_000_000), [ids[1]]);
    assert.equal(await findNextPendingMs(database.read), 200);
  });

  on("alarms are listed newest first by what they are about, and old ones go once they are settled", async (database) => {
    for (const [subject, account] of [
      ["thing 1", "laptop"],
      ["thing 2", undefined],
      ["thing 3", "nas"],
    ] as const) {
      await database.write("openAlarm", { ...LATE, subject, account, nowMs: 100 });
    }
    const { alarm } = (await database.write("closeAlarm", { ...LATE, outcome: "o", nowMs: 110 })) ?? assert.fail();
    const subjects = async (input: object) =>
      (await database.list("listAlarms", { limit: 10, ...input })).map((state) => state.alarm.subject);
    assert.deepEqual(await subjects({}), ["thing 3", "thing 2", "thing 1"]);
    assert.deepEqual(await subjects({ limit: 1 }), ["thing 3"]);
    assert.deepEqual(await subjects({ before: alarm.id + 1 }), ["thing 1"]);
    assert.deepEqual(await subjects({ open: true }), ["thing 3", "thing 2"]);
    assert.deepEqual(await subjects({ open: false, closedFromMs: 110 }), ["thing 1"]);
    assert.deepEqual(await subjects({ open: false, closedFromMs: 111 }), []);
    assert.deepEqual(await subjects({ accounts: ["nas", "laptop"] }), ["thing 3", "thing 1"]);
    assert.deepEqual(await subjects({ accounts: [] }), []);
    assert.deepEqual(await subjects({ kind: "size" }), []);
    assert.equal(await database.write("trimAlarms", { beforeMs: 500 }), 0, "its end is not settled");
    await database.write("settleAlarm", { id: alarm.id, closedAtMs: 110, reopenings: 0, recovery: undefined, nowMs: 120 });
    assert.equal(await database.write("trimAlarms", { beforeMs: 110 }), 0);
    assert.equal(await database.write("trimAlarms", { beforeMs: 111 }), 1);
    assert.deepEqual(await subjects({}), ["thing 3", "thing 2"]);
  });

  on("the longest silence of an alarm or its subject counts, and lifting it has the alarm looked at", async (database) => {
    const { alarm } = await database.write("openAlarm", { ...LATE, nowMs: 100 });
    const mute = async (target: object, untilMs: number) =>
      await database.write("addSilence", { target: target as never, untilMs, reason: "r", nowMs: 100, by });
    await mute({ kind: "alarm", alarmId: alarm.id }, 200);
    const longest = await mute({ kind: "subject", subject: "thing 1" }, 300);
    await mute({ kind: "subject", subject: "thing 2" }, 900);
    const until = async (nowMs: number) => await findMutedUntilMs(database.read, { alarmId: alarm.id, subject: "thing 1", nowMs });
    assert.deepEqual([await until(100), await until(299), await until(300)], [300, 300, undefined]);
    await database.write("postponeAlarm", { id: alarm.id, pendingAtMs: 100, untilMs: 300 });
    await database.write("removeSilence", { id: longest.id, nowMs: 150, by });
    assert.deepEqual([await until(150), await findNextPendingMs(database.read)], [200, 150]);
    assert.deepEqual(
      (await listSilences(database.read, { after: 1, limit: 5 })).map(({ target }) => target),
      [{ kind: "subject", subject: "thing 2" }],
    );
    await assertRefusal(mute({ kind: "alarm", alarmId: 99 }, 200), "not_found", /99/);
    await assertRefusal(database.write("removeSilence", { id: longest.id, nowMs: 1, by }), "not_found", /silence/);
    assert.equal(await database.write("trimSilences", { beforeMs: 900 }), 1);
  });
}

function noticeOf(id: string, alarmId: number): Notice {
  const alarm = { id: alarmId, kind: LATE.kind, subject: LATE.subject };
  return { id, kind: "alarm", atMs: 1, title: `Title of ${id}`, text: "Text", alarm, url: undefined };
}

async function linesOf(database: Database) {
  const rows = await database.read
    .selectFrom("operation")
    .selectAll()
    .where("kind", "in", ["alarm.opened", "alarm.closed"])
    .orderBy("id")
    .execute();
  return rows.map(({ kind, status, account, summary }) => [kind, status, account, summary]);
}
