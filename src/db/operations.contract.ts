import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { HUB, OPERATOR } from "#model/actor.ts";
import type { NewOperation, Operation } from "#model/operation.ts";
import { matchesFilter, type OperationFilter } from "#model/operation-filter.ts";
import { assertRefusal, type ContractEngine } from "./contract-place.ts";
import { type Database, openDatabase } from "./database.ts";
import { findOperation, findOperationChange } from "./operations.ts";

const LAPTOP = { kind: "account", name: "laptop", login: "laptop.nas" } as const;

/** What the timeline promises, on that engine. */
export function operationsContract({ name: engine, skip, makePlace }: ContractEngine): void {
  const on = (title: string, body: (database: Database) => Promise<void>) =>
    test(`${engine}: ${title}`, { skip: skip ?? false, timeout: 60_000 }, async () => {
      await using place = await makePlace();
      await using database = await openDatabase(place.options);
      await body(database);
    });

  on("a line of the timeline comes back as it was written, and is found by its number", async (database) => {
    const written: NewOperation = {
      ...line("backup.arrived", 5),
      endedAtMs: 9,
      actor: LAPTOP,
      account: "laptop",
      repository: "/laptop/photos/",
      door: "restic",
      address: "192.0.2.7",
      client: "restic/0.19.1",
      details: { snapshot: "ab", addedPacks: 3, whole: true, nothing: null },
    };
    const [id] = await write(database, [written]);
    assert.deepEqual(await findOperation(database.read, id ?? 0), { ...written, id, change: 1, recordedAtMs: 100 });
    assert.equal(await findOperation(database.read, 99), undefined);
    for (const actor of [HUB, OPERATOR, LAPTOP, { kind: "token", name: "ci" }, { kind: "stranger", login: undefined }] as const) {
      const [other] = await write(database, [{ ...line("hub.started"), actor }]);
      assert.deepEqual((await findOperation(database.read, other ?? 0))?.actor, actor);
    }
  });

  on("text of strangers is kept so that both engines take it, and not without end", async (database) => {
    const [id] = await write(database, [
      { ...line("signin.failed"), client: "a\0b", summary: "x".repeat(9000), details: { said: "\0\ud800" } },
    ]);
    const { client, summary, details } = (await findOperation(database.read, id ?? 0)) ?? assert.fail();
    assert.deepEqual([client, summary.length, details["said"]], ["a?b", 2000, "?\ufffd"]);
  });

  on("a line goes on under its number, with a change of its own each time", async (database) => {
    const [id = 0] = await write(database, [{ ...line("backup.arrived"), status: "running", endedAtMs: undefined }]);
    const update = { id, kind: "cleanup.run", status: "running", endedAtMs: undefined, summary: "so far", details: { done: 1 } } as const;
    await database.write("writeTimeline", { lines: [], updates: [update], process: "p/1", nowMs: 100 });
    await database.write("writeTimeline", {
      lines: [line("hub.started")],
      updates: [{ ...update, status: "succeeded", endedAtMs: 7, summary: "done" }],
      process: "p/1",
      nowMs: 100,
    });
    const found = (await findOperation(database.read, id)) ?? assert.fail();
    assert.deepEqual([found.kind, found.status, found.endedAtMs, found.summary, found.change], ["cleanup.run", "succeeded", 7, "done", 4]);
    assert.deepEqual(await ids(database, { kinds: ["cleanup.run"], status: "succeeded" }), [id]);
    assert.deepEqual(await ids(database, { kinds: ["backup.arrived"] }), []);
  });

  on("a line that is to be there once is there once", async (database) => {
    const stale = { ...line("lock.stale"), once: "lock.stale /laptop/ ab" };
    const written = await write(database, [line("hub.started"), stale, stale]);
    assert.deepEqual(await write(database, [stale, line("hub.stopped")]).then((all) => all.map((one) => one !== undefined)), [false, true]);
    assert.equal(written.filter((one) => one !== undefined).length, 2);
    assert.equal((await ids(database, {})).length, 3);
  });

  on("every filter alone and with each other finds what a look at every line finds, page by page", async (database) => {
    const lines = Array.from({ length: 3000 }, (_, index) => variedLine(index));
    for (let first = 0; first < lines.length; first += 500) await write(database, lines.slice(first, first + 500), 1000 + first);
    const all = await everyLine(database);
    assert.equal(all.length, lines.length);
    const parts: OperationFilter[] = [
      { kinds: ["backup.arrived"] },
      { kinds: ["lock.stale", "request.refused", "backup.arrived"] },
      { status: "failed" },
      { account: "laptop" },
      { repository: "/laptop/a/" },
      { below: "/laptop/" },
      { below: "/laptop/a/" },
      { below: "/" },
      { door: "hub" },
      { actorKind: "operator" },
      { actorName: "laptop" },
      { sinceMs: 2000 },
      { untilMs: 3000 },
      { view: { account: "pi", roots: ["/laptop/a/"] } },
    ];
    const views: OperationFilter[] = [
      { view: { account: "laptop", roots: [] } },
      { view: { account: "nobody", roots: ["/laptop-2/", "/laptop/", "/other/x/"] } },
      { view: { account: "laptop", roots: ["/"] } },
      { view: { account: "x", roots: Array.from({ length: 1500 }, (_, index) => (index === 700 ? "/laptop/a/" : `/none/${index}/`)) } },
    ];
    const filters = [...views, ...parts, ...parts.flatMap((one, place) => parts.slice(place + 1).map((other) => ({ ...one, ...other })))];
    for (const filter of filters) {
      const expected = all.filter((operation) => matchesFilter(filter, operation)).map(({ id }) => id);
      assert.deepEqual(await ids(database, filter, 300), expected, JSON.stringify(filter));
    }
    await assertRefusal(database.list("listOperations", { filter: {}, limit: 0 }), "invalid_input", /1000/);
  });

  on("times of lines do not go back with a clock that is set back a little, and do with one that was days ahead", async (database) => {
    for (const nowMs of [1000, 500, 700, 1200]) await write(database, [line("hub.started")], nowMs);
    const dayMs = 24 * 60 * 60_000;
    await write(database, [line("hub.started")], 90 * dayMs);
    await write(database, [line("hub.started")], 2000);
    const times = (await everyLine(database)).reverse().map(({ recordedAtMs }) => recordedAtMs);
    assert.deepEqual(times, [1000, 1000, 1000, 1200, 90 * dayMs, 2000]);
    assert.deepEqual(await ids(database, { sinceMs: 1500, untilMs: 3000 }), [6]);
  });

  on("changes are told in their order, each line as it is now, from any change on", async (database) => {
    await write(database, [
      line("hub.started"),
      { ...line("backup.arrived"), status: "running", endedAtMs: undefined },
      line("hub.stopped"),
    ]);
    const update = { kind: "backup.arrived", status: "succeeded", endedAtMs: 3, summary: "done", details: {} } as const;
    await database.write("writeTimeline", { lines: [], updates: [{ ...update, id: 2 }], process: "p/1", nowMs: 100 });
    const changes = async (after: number, filter: OperationFilter = {}) => await database.list("listOperationChanges", { after, filter });
    const whole = await changes(0);
    assert.deepEqual(
      whole.operations.map(({ id, change, status }) => [id, change, status]),
      [
        [1, 1, "succeeded"],
        [3, 3, "succeeded"],
        [2, 4, "succeeded"],
      ],
    );
    assert.deepEqual([whole.change, whole.isFull, whole.isReset], [4, false, false]);
    assert.deepEqual(
      (await changes(3)).operations.map(({ id }) => id),
      [2],
    );
    const filtered = await changes(0, { kinds: ["hub.started"] });
    assert.deepEqual([filtered.operations.length, filtered.change], [1, 4], "it ends behind what was left out");
    assert.deepEqual((await changes(77)).isReset, true, "a change that this timeline never had");
    await write(
      database,
      Array.from({ length: 600 }, () => line("hub.started")),
    );
    const page = await changes(4);
    assert.deepEqual([page.operations.length, page.change, page.isFull], [250, 254, true]);
  });

  on("many who write the timeline at once leave changes without a gap and in the order of the lines", async (database) => {
    await Promise.all(Array.from({ length: 40 }, () => write(database, [line("hub.started"), line("hub.stopped")])));
    const { operations } = await database.list("listOperationChanges", { after: 0, filter: {} });
    assert.deepEqual(
      operations.map(({ change }) => change),
      Array.from({ length: 80 }, (_, index) => index + 1),
    );
    assert.ok(operations.every(({ id }, index) => index === 0 || id > (operations[index - 1]?.id ?? 0)));
    assert.equal(await findOperationChange(database.read), 80);
  });

  on("what a process has left running is interrupted, what others run is not", async (database) => {
    const running = { ...line("backup.arrived"), status: "running", endedAtMs: undefined } as const;
    await write(database, [running, running, line("hub.started")], 100, "p/dead");
    await write(database, [running], 100, "p/alive");
    await database.write("beatOperationProcess", { process: "p/alive" });
    const processes = await database.list("listOperationProcesses", {});
    assert.deepEqual(
      new Map(processes.map(({ process, beat }) => [process, beat])),
      new Map([
        ["p/dead", 0],
        ["p/alive", 1],
      ]),
    );
    assert.equal(await database.write("interruptOperations", { process: "p/dead", nowMs: 200 }), 2);
    assert.equal(await database.write("interruptOperations", { process: "p/dead", nowMs: 300 }), 0);
    assert.deepEqual(await ids(database, { status: "interrupted", kinds: ["backup.arrived"] }), [2, 1]);
    assert.deepEqual(await ids(database, { status: "running" }), [4]);
    assert.equal((await findOperation(database.read, 1))?.endedAtMs, 200);
    assert.deepEqual(await database.list("listOperationProcesses", {}), [{ process: "p/alive", beat: 1 }]);
  });

  on("old lines go in batches, settings and what still runs stay longer, and who follows from before is told", async (database) => {
    const running = { ...line("backup.arrived"), status: "running", endedAtMs: undefined } as const;
    await write(database, [line("settings.changed"), running, ...Array.from({ length: 700 }, () => line("hub.started"))], 100);
    await write(database, [line("hub.stopped")], 500);
    const trim = async (bounds: object) => await trimmed(database, bounds);
    assert.equal(await trim({}), 0);
    assert.equal(await trim({ beforeMs: 400 }), 500);
    assert.equal(await trim({ beforeMs: 400 }), 200);
    assert.equal(await trim({ beforeMs: 400 }), 0);
    assert.deepEqual(
      (await everyLine(database)).map(({ kind }) => kind),
      ["hub.stopped", "backup.arrived", "settings.changed"],
    );
    assert.equal((await database.list("listOperationChanges", { after: 5, filter: {} })).isReset, true);
    assert.equal((await database.list("listOperationChanges", { after: 702, filter: {} })).operations.length, 1);

    await write(
      database,
      Array.from({ length: 10 }, () => line("hub.started")),
      600,
    );
    assert.equal(await trim({ mostLines: 5 }), 8, "the oldest, up to the bound");
    assert.equal(await trim({ mostLines: 2 }), 3);
    assert.deepEqual(
      (await everyLine(database)).map(({ kind }) => kind),
      ["backup.arrived", "settings.changed"],
    );
    assert.equal(await trim({ mostLines: 1 }), 1, "settings go when nothing else is left");
    assert.equal(await trim({ mostLines: 1, settingsBeforeMs: 900 }), 0, "what still runs stays");
  });

  on(
    "a full timeline lets go of arrivals and sign-ins before evidence, of a kind that is over its share first of all",
    async (database) => {
      const kinds = [
        "request.refused",
        "trash.emptied",
        "quota.warning",
        "backup.arrived",
        "settings.changed",
        "signin.succeeded",
      ] as const;
      await write(
        database,
        kinds.map((kind) => line(kind)),
      );
      await write(
        database,
        Array.from({ length: 6 }, (_, index) => line(index % 2 === 0 ? "signin.failed" : "backup.arrived")),
        200,
      );
      const left = async () => (await everyLine(database)).map(({ kind }) => kind).sort();
      const counts = await database.list("countEvidence", {});
      assert.deepEqual(new Map(counts.map(({ kind, lines }) => [kind, lines])).get("signin.failed"), 3);
      assert.equal(counts.length, 4);
      const surplus = [{ kind: "signin.failed", lines: 2 }];
      assert.equal(await trimmed(database, { mostLines: 9, surplus }), 2);
      assert.equal((await left()).filter((kind) => kind === "signin.failed").length, 1);
      assert.equal(await trimmed(database, { mostLines: 9 }), 1);
      assert.equal(await trimmed(database, { mostLines: 5 }), 4);
      assert.deepEqual(await left(), ["quota.warning", "request.refused", "settings.changed", "signin.failed", "trash.emptied"]);
      assert.equal(await trimmed(database, { mostLines: 1 }), 4);
      assert.deepEqual(await left(), ["settings.changed"]);
    },
  );

  on("whoever watches is told of lines that are written, also as part of another write", async (database) => {
    let told = 0;
    using _ = database.watchOperations(() => {
      told += 1;
    });
    const grows = async (change: () => Promise<unknown>) => {
      await sleep(300); // it has looked once by now
      const before = told;
      await change();
      const deadlineMs = performance.now() + 3000;
      while (told === before && performance.now() < deadlineMs) await sleep(10);
      assert.ok(told > before);
    };
    await grows(() => write(database, [line("hub.started")]));
    await grows(() => database.write("rememberRepository", { path: "/laptop/", home: "main", nowMs: 1, by: OPERATOR }));
  });
}

/** How many lines went. */
async function trimmed(database: Database, bounds: object): Promise<number> {
  const went = await database.write("trimOperations", { beforeMs: 0, settingsBeforeMs: 0, mostLines: 10_000, ...bounds });
  return went.reduce((sum, { lines }) => sum + lines, 0);
}

function line(kind: NewOperation["kind"], startedAtMs = 1): NewOperation {
  return { kind, status: "succeeded", startedAtMs, endedAtMs: startedAtMs, actor: HUB, summary: kind };
}

function variedLine(index: number): NewOperation {
  const pick = <Value>(values: readonly Value[], step: number): Value => values[Math.floor(index / step) % values.length] as Value; // it is never empty
  const rare = index % 997 === 5;
  return {
    kind: rare ? "lock.stale" : pick(["backup.arrived", "backup.arrived", "request.refused", "settings.changed"], 1),
    status: rare ? "failed" : pick(["succeeded", "refused"], 3),
    startedAtMs: index,
    endedAtMs: index,
    actor: pick([LAPTOP, { kind: "account", name: "pi", login: "pi" }, OPERATOR], 7),
    account: pick(["laptop", "pi", undefined], 7),
    repository: pick(["/laptop/a/", "/laptop/a/b/", "/laptop/", "/laptop-2/", "/", undefined], 2),
    door: rare ? "hub" : "restic",
    summary: `${index}`,
  };
}

async function write(
  database: Database,
  lines: readonly NewOperation[],
  nowMs = 100,
  process = "p/1",
): Promise<readonly (number | undefined)[]> {
  return await database.write("writeTimeline", { lines, updates: [], process, nowMs });
}

async function everyLine(database: Database, filter: OperationFilter = {}, limit = 1000): Promise<Operation[]> {
  const found: Operation[] = [];
  for (let before: number | undefined; ; ) {
    const page = await database.list("listOperations", { filter, before, limit });
    found.push(...page.operations);
    if (page.next === undefined) return found;
    assert.ok(before === undefined || page.next < before, "each page gets on");
    before = page.next;
  }
}

async function ids(database: Database, filter: OperationFilter, limit = 1000): Promise<number[]> {
  return (await everyLine(database, filter, limit)).map(({ id }) => id);
}
