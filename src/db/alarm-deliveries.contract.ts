import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATOR } from "#model/actor.ts";
import type { Notice, NoticeKind } from "#model/alarm.ts";
import { findChannel, findChannelById } from "./alarm-channels.ts";
import { assertRefusal, type ContractEngine } from "./contract-place.ts";
import { type Database, openDatabase } from "./database.ts";
import { findDueDelivery, findNextTryMs, listBegun } from "./due-deliveries.ts";

const by = OPERATOR;
const BEYOND = 1_000_000;

/** What channels and deliveries promise, on that engine. */
export function alarmDeliveriesContract({ name: engine, skip, makePlace }: Omit<ContractEngine, "accessDelayMs">): void {
  const on = (title: string, body: (database: Database) => Promise<void>) =>
    test(`${engine}: ${title}`, { skip: skip ?? false }, async () => {
      await using place = await makePlace();
      await using database = await openDatabase(place.options);
      await body(database);
    });

  on("a channel is found in any case, keeps its route and digest, and its name is taken until it is removed", async (database) => {
    const route = { kinds: ["size", "silence"] as const, accounts: ["Laptop", "nas"], digest: { hour: 7, zone: "Europe/Vienna" } };
    const { channel } = await add(database, "Phone", { ...route, digestDay: "2026-11-22" });
    const found = await findChannel(database.read, "PHONE");
    assert.deepEqual(found?.channel, { ...channel, ...route, kinds: ["silence", "size"], disabledAtMs: undefined });
    assert.equal(found?.digestDay, "2026-11-22");
    assert.deepEqual(await findChannelById(database.read, channel.id), found);
    assert.equal(await findChannel(database.read, "ph\0ne"), undefined);
    await assertRefusal(add(database, "PHONE"), "already_exists", /PHONE/);
    await database.write("removeChannel", { name: "phonE", nowMs: 2, by });
    await assertRefusal(database.write("removeChannel", { name: "phone", nowMs: 2, by }), "not_found", /phone/);
    assert.notEqual((await add(database, "phone")).channel.id, channel.id);
  });

  on("of two changes of a channel that began together one is refused", async (database) => {
    await add(database, "phone");
    const change = (sealedSettings: string) =>
      database.write("changeChannel", { name: "Phone", formerSettings: "sealed", sealedSettings, ...ALL, nowMs: 2, by });
    assert.equal((await change("sealed anew")).sealedSettings, "sealed anew");
    await assertRefusal(change("sealed otherwise"), "changed", /phone/i);
    assert.equal((await findChannel(database.read, "phone"))?.sealedSettings, "sealed anew");
  });

  on("a try is counted before it is made, by one alone, and a late result of an earlier one changes nothing", async (database) => {
    const channelId = await oneChannel(database, ["n1"]);
    const due = async (nowMs: number) => await findDueDelivery(database.read, { channelId, nowMs, beyondMs: BEYOND });
    const first = (await due(100)) ?? assert.fail();
    assert.deepEqual([first.notice.id, first.attempts, first.begunAtMs], ["n1", 0, undefined]);
    const begin = { id: first.id, nextTryAtMs: 160, nowMs: 105 };
    assert.deepEqual(
      await Promise.all([0, 0].map((attempts) => database.write("beginDelivery", { ...begin, attempts }))).then((won) => won.sort()),
      [false, true],
    );
    assert.equal(await due(159), undefined);
    const second = (await due(160)) ?? assert.fail();
    assert.deepEqual([second.attempts, second.begunAtMs], [1, 105]);
    await database.write("beginDelivery", { ...begin, attempts: 1, nextTryAtMs: 220 });
    assert.equal(await database.write("finishDelivery", { id: first.id, attempts: 1, outcome: { status: "sent" }, nowMs: 165 }), false);
    assert.equal(await database.write("finishDelivery", { id: first.id, attempts: 2, outcome: { status: "sent" }, nowMs: 166 }), true);
    assert.equal(await findNextTryMs(database.read, channelId), undefined);
    const [line] = await database.list("listDeliveries", { limit: 5 });
    assert.deepEqual([line?.status, line?.attempts, line?.endedAtMs, line?.channelName], ["sent", 2, 166, "phone"]);
  });

  on("a notice goes to a channel once; one put off for years by a wrong clock is due", async (database) => {
    const channelId = await oneChannel(database, ["n1"]);
    await tell(database, channelId, "n1", { alarmId: 50 });
    assert.equal((await database.list("listDeliveries", { limit: 5 })).length, 1);
    await database.write("postponeDeliveries", { channelId, untilMs: BEYOND + 1 });
    assert.equal((await findDueDelivery(database.read, { channelId, nowMs: 100, beyondMs: BEYOND }))?.notice.id, "n1");
    assert.equal(await findDueDelivery(database.read, { channelId, nowMs: 100, beyondMs: BEYOND + 1 }), undefined);
  });

  on("a recovery waits for its alarm, and is given up with it", async (database) => {
    const channelId = await oneChannel(database, ["n1"]);
    await tell(database, channelId, "n2", { kind: "recovery" });
    await tell(database, channelId, "n3", { kind: "recovery", alarmId: 9 });
    const first = (await findDueDelivery(database.read, { channelId, nowMs: 100, beyondMs: BEYOND })) ?? assert.fail();
    await database.write("beginDelivery", { id: first.id, attempts: 0, nextTryAtMs: 500, nowMs: 100 });
    assert.equal((await findDueDelivery(database.read, { channelId, nowMs: 100, beyondMs: BEYOND }))?.notice.id, "n3");
    const outcome = { status: "given_up", error: `no\r\nroute ${"x".repeat(400)}` } as const;
    await database.write("finishDelivery", { id: first.id, attempts: 1, outcome, nowMs: 200 });
    const log = await database.list("listDeliveries", { limit: 5 });
    assert.deepEqual(
      log.map(({ noticeId, status }) => [noticeId, status]),
      [
        ["n3", "waiting"],
        ["n2", "given_up"],
        ["n1", "given_up"],
      ],
    );
    assert.match(log[2]?.lastError ?? "", /^no route x+\.\.\.$/);
    assert.equal(log[2]?.lastError?.length, 300);
    const lines = await database.read.selectFrom("operation").selectAll().where("kind", "=", "notice.undelivered").execute();
    assert.deepEqual(
      lines.map(({ status, summary }) => [status, summary.slice(0, 46)]),
      [["failed", "Channel phone did not take a notice: no route "]],
    );
  });

  on("those never tried are folded into one summary, those under way are not", async (database) => {
    const channelId = await oneChannel(database, ["n1", "n2", "n3"]);
    const [first, ...rest] = await database.list("listUntried", { channelId, limit: 10 });
    await database.write("beginDelivery", { id: first?.id ?? 0, attempts: 0, nextTryAtMs: 500, nowMs: 120 });
    const ids = [first, ...rest].map((delivery) => delivery?.id ?? 0);
    const summary = { ...noticeOf("sum"), alarm: undefined };
    assert.equal(await database.write("foldDeliveries", { channelId, ids, summary, nowMs: 130 }), true);
    assert.equal(await database.write("foldDeliveries", { channelId, ids, summary: { ...summary, id: "sum2" }, nowMs: 131 }), false);
    assert.deepEqual(
      (await database.list("listDeliveries", { limit: 9 })).map(({ noticeId, status }) => `${noticeId} ${status}`),
      ["sum waiting", "n3 folded", "n2 folded", "n1 waiting"],
    );
    assert.deepEqual(await database.list("listUntried", { channelId, limit: 10 }), [], "a summary is folded into no other");
    assert.deepEqual(await listBegun(database.read, { channelId, afterMs: 119, limit: 5 }), [120]);
    assert.deepEqual(await listBegun(database.read, { channelId, afterMs: 120, limit: 5 }), []);
  });

  on("a day has one digest, also after a clock that was far ahead", async (database) => {
    const { channel } = await add(database, "phone", { digest: { hour: 7, zone: "UTC" } });
    const digest = (day: string, lastCredibleDay: string) => {
      const notice = noticeOf(`of ${day} ${lastCredibleDay}`, "digest");
      return database.write("addDigest", { channelId: channel.id, day, lastCredibleDay, notice, nowMs: 5 });
    };
    assert.deepEqual(
      [await digest("2026-11-22", "2026-11-23"), await digest("2026-11-22", "2026-11-23"), await digest("2026-11-21", "2026-11-22")],
      [true, false, false],
    );
    assert.equal(await digest("2099-01-01", "2099-01-02"), true);
    assert.deepEqual([await digest("2026-11-23", "2026-11-24"), await digest("2026-11-23", "2026-11-25")], [true, false]);
    assert.equal((await database.list("listDeliveries", { channelId: channel.id, limit: 9 })).length, 3);
  });

  on("a channel that is switched off gives up what waits, and old deliveries go", async (database) => {
    const channelId = await oneChannel(database, ["n1", "n2"]);
    await database.write("setChannelDisabled", { name: "phone", disabled: true, nowMs: 300, by });
    const log = await database.list("listDeliveries", { channelId, status: "given_up", limit: 5 });
    assert.deepEqual(
      log.map(({ lastError }) => lastError),
      ["The channel was disabled", "The channel was disabled"],
    );
    await tell(database, channelId, "n3", {});
    assert.equal(await database.write("trimDeliveries", { beforeMs: 300, most: 10 }), 0);
    assert.equal(await database.write("trimDeliveries", { beforeMs: 0, most: 2 }), 1, "the oldest is one too many");
    assert.equal(await database.write("trimDeliveries", { beforeMs: 301, most: 10 }), 1);
    assert.deepEqual(
      (await database.list("listDeliveries", { limit: 9 })).map(({ noticeId }) => noticeId),
      ["n3"],
      "what waits stays",
    );
  });
}

const ALL = { kinds: undefined, accounts: undefined, digest: undefined, digestDay: undefined };

async function add(database: Database, name: string, options: object = {}) {
  const sealed = { sealKey: name, sealedSettings: "sealed" };
  return await database.write("addChannel", { name, kind: "ntfy", ...sealed, ...ALL, ...options, nowMs: 1, by });
}

/** A channel for which these notices of alarm 1 and the ones after it wait. */
async function oneChannel(database: Database, noticeIds: readonly string[]): Promise<number> {
  const { channel } = await add(database, "phone");
  for (const [index, id] of noticeIds.entries()) await tell(database, channel.id, id, { alarmId: index + 1 });
  return channel.id;
}

async function tell(
  database: Database,
  channelId: number,
  noticeId: string,
  { kind = "alarm", alarmId = 1 }: { readonly kind?: NoticeKind; readonly alarmId?: number },
): Promise<void> {
  // By way of an alarm of its own, because nothing else puts a notice on its way.
  const cause = { kind: "guard", subject: `${noticeId} ${channelId} ${alarmId}`, account: undefined, summary: "s" } as const;
  const { alarm } = await database.write("openAlarm", { ...cause, nowMs: 90 });
  const notice = { ...noticeOf(noticeId, kind), alarm: { id: alarmId, kind: cause.kind, subject: cause.subject } };
  assert.equal(await database.write("announceAlarm", { id: alarm.id, telling: { notice, channelIds: [channelId] }, nowMs: 100 }), true);
}

function noticeOf(id: string, kind: NoticeKind = "alarm"): Notice {
  return { id, kind, atMs: 1, title: `Title of ${id}`, text: "Text", alarm: undefined, url: undefined };
}
