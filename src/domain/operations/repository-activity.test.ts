import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "#db/database.ts";
import { openLog } from "#lib/log.ts";
import { DEFAULT_LIMITS, type Limits } from "#limits.ts";
import { HubError } from "#model/hub-error.ts";
import type { Operation } from "#model/operation.ts";
import { type ObjectName, parseObjectId, parseRepositoryPath } from "#model/repository.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import type { Visitor } from "../access/visitor.ts";
import { OpenRepository } from "../repositories/open-repository.ts";
import { RepositoryActivity } from "./repository-activity.ts";
import { Timeline } from "./timeline.ts";

const MiB = 1024 * 1024;
const PATH = parseRepositoryPath(["laptop"]) ?? assert.fail();

/** One step of a client: `POST data/a`, `DELETE locks/1`, `GET data/`, or `wait 60` seconds. Ids are one letter. */
type Step = string;

/** What each command of restic sends, of what stores and removes (spec/restic-rest.md section 2.2), and what the timeline says of it. */
const STORIES: readonly (readonly [title: string, steps: readonly Step[], lines: readonly string[]])[] = [
  ["init adds a key", ["POST keys/1", "POST config"], ["key.changed succeeded: A key was added"]],
  [
    "a backup is its packs, its index and its snapshot",
    ["POST locks/1", "POST data/a", "POST data/b", "POST index/c", "POST snapshots/d", "DELETE locks/1"],
    ["backup.arrived succeeded: A backup arrived: 2 packs and 1 index (3.0 MiB), snapshot dddddddd"],
  ],
  [
    "a backup with nothing new is a backup, too",
    ["POST locks/1", "POST snapshots/d", "DELETE locks/1"],
    ["backup.arrived succeeded: A backup arrived: nothing new, snapshot dddddddd"],
  ],
  [
    "several snapshots in one go are several backups, each with what came before it",
    [
      "POST locks/1",
      "POST data/a",
      "POST snapshots/b",
      "POST data/c",
      "POST data/d",
      "POST snapshots/e",
      "POST snapshots/f",
      "DELETE locks/1",
    ],
    [
      "backup.arrived succeeded: A backup arrived: 1 pack (1.0 MiB), snapshot bbbbbbbb",
      "backup.arrived succeeded: A backup arrived: 2 packs (2.0 MiB), snapshot eeeeeeee",
      "backup.arrived succeeded: A backup arrived: nothing new, snapshot ffffffff",
    ],
  ],
  [
    "a backup whose locks are renewed is one backup",
    [
      "POST locks/1",
      "POST data/a",
      "wait 900",
      "POST locks/2",
      "DELETE locks/1",
      "wait 900",
      "POST data/b",
      "POST snapshots/c",
      "DELETE locks/2",
    ],
    ["backup.arrived succeeded: A backup arrived: 2 packs (2.0 MiB), snapshot cccccccc"],
  ],
  [
    "a client that takes its lock away without a snapshot has failed",
    ["POST locks/1", "POST data/a", "DELETE locks/1"],
    ["backup.arrived failed: No snapshot followed what arrived: 1 pack (1.0 MiB); it took its lock away"],
  ],
  [
    "a client that falls silent has failed",
    ["POST locks/1", "POST data/a", "wait 1801"],
    ["backup.arrived failed: No snapshot followed what arrived: 1 pack (1.0 MiB); its client has fallen silent"],
  ],
  [
    "a client without locks may be slow, and its backup ends with its snapshot",
    ["POST data/a", "wait 1000", "POST snapshots/b", "wait 11", "POST data/c", "POST snapshots/d", "wait 11"],
    [
      "backup.arrived succeeded: A backup arrived: 1 pack (1.0 MiB), snapshot bbbbbbbb",
      "backup.arrived succeeded: A backup arrived: 1 pack (1.0 MiB), snapshot dddddddd",
    ],
  ],
  [
    "what is removed because its answer was lost, and stored again, is stored once",
    [
      "POST locks/1",
      "POST data/a",
      "DELETE data/a",
      "POST data/a",
      "POST snapshots/b",
      "DELETE snapshots/b",
      "POST snapshots/b",
      "DELETE locks/1",
    ],
    ["backup.arrived succeeded: A backup arrived: 1 pack (1.0 MiB), snapshot bbbbbbbb"],
  ],
  [
    "what is sent again although it is there counts for nothing",
    ["POST locks/1", "POST data/a", "AGAIN data/a", "POST snapshots/b", "AGAIN snapshots/b", "DELETE locks/1"],
    ["backup.arrived succeeded: A backup arrived: 1 pack (1.0 MiB), snapshot bbbbbbbb"],
  ],
  [
    "forget is a clean-up",
    ["POST locks/1", "DELETE snapshots/a", "DELETE snapshots/b", "DELETE locks/1"],
    ["cleanup.run succeeded: Clean-up: removed 2 snapshots (2.0 MiB)"],
  ],
  [
    "prune lists all packs, so that what it writes is no backup",
    ["POST locks/1", "GET data/", "POST data/a", "POST index/b", "DELETE index/c", "DELETE data/d", "DELETE data/e", "DELETE locks/1"],
    ["cleanup.run succeeded: Clean-up: removed 2 packs and 1 index (3.0 MiB), wrote 1 pack and 1 index (2.0 MiB)"],
  ],
  [
    "forget --prune is one clean-up",
    ["POST locks/1", "DELETE snapshots/a", "GET data/", "POST index/b", "DELETE index/c", "DELETE data/d", "DELETE locks/1"],
    ["cleanup.run succeeded: Clean-up: removed 1 snapshot, 1 pack and 1 index (3.0 MiB), wrote 1 index (1.0 MiB)"],
  ],
  [
    "what looked like a backup and goes on to remove indexes was a clean-up",
    ["POST locks/1", "POST data/a", "POST index/b", "DELETE index/c", "DELETE data/d", "DELETE locks/1"],
    ["cleanup.run succeeded: Clean-up: removed 1 pack and 1 index (2.0 MiB), wrote 1 pack and 1 index (2.0 MiB)"],
  ],
  [
    "a clean-up without locks ends when nothing more comes",
    ["DELETE data/a", "wait 30", "DELETE data/b", "wait 61", "DELETE data/c", "wait 61"],
    ["cleanup.run succeeded: Clean-up: removed 2 packs (2.0 MiB)", "cleanup.run succeeded: Clean-up: removed 1 pack (1.0 MiB)"],
  ],
  [
    "tag replaces snapshots and is neither a backup nor a clean-up",
    ["POST locks/1", "POST snapshots/a", "DELETE snapshots/b", "POST snapshots/c", "DELETE snapshots/d", "DELETE locks/1"],
    ["snapshot.rewritten succeeded: 2 snapshots were rewritten, no new data"],
  ],
  [
    "rewrite --forget replaces snapshots and their trees",
    [
      "POST locks/1",
      "POST data/a",
      "POST index/b",
      "POST snapshots/c",
      "DELETE snapshots/d",
      "POST data/e",
      "POST snapshots/f",
      "DELETE snapshots/0",
      "DELETE locks/1",
    ],
    ["snapshot.rewritten succeeded: 2 snapshots were rewritten, 3.0 MiB of new data"],
  ],
  [
    "a backup and then, under another lock, forget are two things",
    ["POST locks/1", "POST snapshots/a", "DELETE locks/1", "POST locks/2", "DELETE snapshots/b", "DELETE locks/2"],
    [
      "backup.arrived succeeded: A backup arrived: nothing new, snapshot aaaaaaaa",
      "cleanup.run succeeded: Clean-up: removed 1 snapshot (1.0 MiB)",
    ],
  ],
  [
    "key passwd replaces a key",
    ["POST locks/1", "POST keys/a", "DELETE keys/b", "DELETE locks/1"],
    ["key.changed succeeded: A key was replaced"],
  ],
  ["key remove removes one", ["POST locks/1", "DELETE keys/b", "DELETE locks/1"], ["key.changed succeeded: A key was removed"]],
  [
    "an upgrade of the format replaces the config",
    ["POST locks/1", "GET data/", "DELETE config", "POST config", "DELETE locks/1"],
    ["cleanup.run succeeded: Clean-up: removed 1 config (1.0 MiB), wrote 1 config (1.0 MiB)"],
  ],
  ["check, restore and unlock tell nothing", ["POST locks/1", "GET data/", "GET snapshots/", "DELETE locks/1", "DELETE locks/9"], []],
];

for (const [title, steps, expected] of STORIES) {
  test(`timeline: ${title}`, async () => {
    await using it = await open();
    for (const step of steps) it.take(step);
    it.wait(3600);
    assert.deepEqual(await it.lines(), expected);
  });
}

test("timeline: a backup shows while it arrives, tells who it is of, and lasts from its first pack to its snapshot", async () => {
  await using it = await open();
  it.take("POST data/a");
  it.take("wait 20");
  const [running] = await it.operations();
  assert.deepEqual(
    [running?.status, running?.summary, running?.endedAtMs],
    ["running", "A backup arrives: 1 pack (1.0 MiB) so far", undefined],
  );
  it.take("POST snapshots/b");
  it.take("wait 15");
  const [operation] = await it.operations();
  assert.equal((operation?.endedAtMs ?? 0) - (operation?.startedAtMs ?? 0), 20_000);
  assert.deepEqual([operation?.account, operation?.repository], ["laptop", "/laptop/"]);
  assert.deepEqual(operation?.details, { addedObjects: 1, addedBytes: MiB, addedPacks: 1, snapshot: "b".repeat(64), snapshotBytes: MiB });
});

test("timeline: what two clients do at one repository is told apart", async () => {
  await using it = await open();
  it.take("POST data/a");
  it.take("POST data/b", "nas");
  it.take("POST snapshots/c", "nas");
  it.take("POST snapshots/d");
  it.wait(11);
  assert.deepEqual(
    (await it.operations()).map(({ account, details }) => [account, details["snapshot"], details["addedPacks"]]),
    [
      ["laptop", "d".repeat(64), 1],
      ["nas", "c".repeat(64), 1],
    ],
  );
});

test("timeline: a backup that arrives while the hub stops is told as interrupted", async () => {
  await using it = await open();
  it.take("POST data/a");
  it.activity[Symbol.dispose]();
  assert.deepEqual(await it.lines(), ["backup.arrived interrupted: The hub stopped while a backup arrived; until then: 1 pack (1.0 MiB)"]);
});

test("timeline: more clients at once than are followed end the oldest, and memory does not grow", async () => {
  await using it = await open({ activitySessions: 3 });
  for (const name of ["a", "b", "c", "d", "e"]) it.take("POST data/a", name);
  assert.deepEqual(
    (await it.operations()).map(({ account, status }) => [account, status]),
    [
      ["a", "failed"],
      ["b", "failed"],
      ["c", "running"],
      ["d", "running"],
      ["e", "running"],
    ],
  );
});

test("timeline: a flood of refusals makes few lines, with a count; the first is told at once", async () => {
  await using it = await open();
  it.refuse("forbidden", "/other/");
  assert.equal((await it.operations())[0]?.summary, "Refused GET config: Not yours");
  for (let count = 0; count < 9_999; count += 1) it.refuse("forbidden", "/other/");
  for (let count = 0; count < 10_000; count += 1) it.refuse("append_only", `/guess/${count}/`);
  for (let count = 0; count < 10_000; count += 1) it.refuse("forbidden", "/x/", `account${count}`);
  it.wait(61);
  const operations = await it.operations();
  assert.ok(operations.length <= 210, `${operations.length} lines`);
  assert.deepEqual([operations[0]?.summary, operations[0]?.details["count"]], ["Refused GET config: Not yours (10000 times)", 10_000]);
  const counted = operations.reduce((sum, { details }) => sum + Number(details["count"]), 0);
  assert.equal(counted, 30_000, "none is forgotten");
  assert.ok(operations.every(({ status, endedAtMs }) => status === "refused" && endedAtMs !== undefined));

  it.refuse("forbidden", "/other/");
  it.refuse("not_found", "/other/");
  it.wait(61);
  assert.equal((await it.operations()).length, operations.length + 1, "the next minute begins anew; what is no refusal is no line");
});

test("timeline: a healed object has a line", async () => {
  await using it = await open();
  it.activity.healed(it.repository("laptop"), objectOf("data/a"));
  assert.deepEqual(await it.lines(), [
    "object.healed succeeded: A damaged object was replaced by a right upload: data/aaaaaaaaaaaaaaaaaaa",
  ]);
});

async function open(limits: Partial<Limits> = {}) {
  const folder = await tempFolder();
  const database = await openDatabase({ kind: "sqlite", file: `${folder.path}/facts.sqlite`, limits: DEFAULT_LIMITS });
  const log = openLog({ level: "silent", format: "json" }, () => undefined);
  let nowMs = 1_790_000_000_000;
  const clock = () => nowMs;
  const all = { ...DEFAULT_LIMITS, ...limits };
  const timeline = new Timeline({ database, log, clock, limits: all, process: "test/1" });
  const activity = new RepositoryActivity({ timeline, clock, limits: all, elapsedMs: clock });
  const repository = (login: string) => OpenRepository.forOperator(PATH, { kind: "account", name: login, login });
  const operations = async (): Promise<readonly Operation[]> => {
    await timeline.flush();
    const page = await database.list("listOperations", { filter: {}, limit: 1000 });
    return page.operations.toReversed();
  };
  const wait = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      nowMs += 1000;
      activity.tick();
    }
  };
  return {
    activity,
    repository,
    operations,
    wait,
    take(step: Step, login = "laptop") {
      const [verb = "", name = ""] = step.split(" ");
      if (verb === "wait") return wait(Number(name));
      if (verb === "GET") return name === "data/" ? activity.listed(repository(login), "data") : undefined;
      const object = objectOf(name);
      if (verb === "DELETE") return activity.removed(repository(login), object, { sizeBytes: MiB });
      activity.stored(repository(login), object, { sizeBytes: MiB, isNew: verb === "POST" });
    },
    refuse(code: "forbidden" | "append_only" | "not_found", path: string, name = "laptop") {
      const visitor: Visitor = {
        accountId: 1,
        accountName: name,
        login: name,
        mostRole: undefined,
        origin: { door: "restic", address: "192.0.2.7", client: "restic" },
      };
      activity.refused({ text: path }, visitor, new HubError(code, "Not yours"), "GET config");
    },
    lines: async () => (await operations()).map(({ kind, status, summary }) => `${kind} ${status}: ${summary}`),
    async [Symbol.asyncDispose]() {
      activity[Symbol.dispose]();
      await timeline[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function objectOf(name: string): ObjectName {
  const [type = "", letter = ""] = name.split("/");
  if (type === "config") return { type };
  return { type: type as "data", id: parseObjectId(letter.repeat(64)) ?? assert.fail() }; // the table above has only types of restic
}
