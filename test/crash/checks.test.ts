import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { tempFolder } from "../support/temp-folder.ts";
import { checkQuotas, checkTimeline } from "./check-facts.ts";
import { checkObjects, noInFlight } from "./check-objects.ts";
import { checkServed } from "./check-served.ts";
import { Ledger } from "./ledger.ts";
import { type DiskLook, DiskLooker, type SeenFile } from "./look-at-disk.ts";

const BYTES = Buffer.from("the bytes of an object");
const HALF = BYTES.subarray(0, 11);
const ID = sha256Of(BYTES);
const PATH = `nas/raw/data/${ID}`;
const PLACES = [{ repository: "nas/raw", credentials: { login: "nas", secret: "x" } }];

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function seen(bytes: Uint8Array): SeenFile {
  return { sizeBytes: bytes.length, sha256: sha256Of(bytes) };
}

/** What would lie there, had nothing gone wrong and had `PATH` been stored, but for what is given. */
function lookOf(look: Partial<DiskLook> = {}): DiskLook {
  return { places: new Map([[PATH, seen(BYTES)]]), trash: new Map(), trashBytes: 0, temps: [], moved: 0, strangers: [], ...look };
}

function stored(): Ledger {
  const ledger = new Ledger();
  ledger.begin("post", PATH, seen(BYTES)).acknowledged();
  return ledger;
}

function removed(): Ledger {
  const ledger = stored();
  ledger.begin("delete", PATH).acknowledged();
  return ledger;
}

test("what lies as it was acknowledged is no problem", () => {
  const gone = { places: new Map(), trash: new Map([[PATH, [seen(BYTES)]]]), trashBytes: BYTES.length };
  assert.deepEqual(checkObjects(stored(), lookOf(), [], noInFlight()), []);
  assert.deepEqual(checkObjects(removed(), lookOf(gone), [], noInFlight()), []);
});

for (const [what, ledgerOf, look, told] of [
  ["lost", stored, { places: new Map() }, [/was acknowledged and is lost$/, /neither at its place nor in the trash/]],
  ["only in the trash", stored, { places: new Map(), trash: new Map([[PATH, [seen(BYTES)]]]) }, [/is lost, but in the trash/]],
  ["back again", removed, {}, [/was removed and is back/]],
  ["removed and in no trash", removed, { places: new Map() }, [/neither at its place nor in the trash/]],
  [
    "removed with other bytes in the trash",
    removed,
    { places: new Map(), trash: new Map([[PATH, [seen(HALF)]]]) },
    [/neither at its place nor in the trash/],
  ],
  ["half", stored, { places: new Map([[PATH, seen(HALF)]]) }, [/damaged, 11 of 22 bytes/]],
  ["what nobody has sent", () => new Ledger(), {}, [/nobody has sent it/]],
  ["a stranger", stored, { strangers: ["restic/nas/raw/odd"] }, [/odd: nobody has sent it/]],
] as const) {
  test(`the check of objects tells of one that is ${what}`, () => {
    const problems = checkObjects(ledgerOf(), lookOf(look), [], noInFlight());
    assert.equal(problems.length, told.length, problems.join("\n"));
    for (const [index, pattern] of told.entries()) assert.match(problems[index] ?? "", pattern);
  });
}

test("a request without an answer is counted by what became of it, and either is right", () => {
  for (const isThere of [true, false]) {
    const ledger = new Ledger();
    ledger.begin("post", PATH, seen(BYTES)).lost();
    const tally = noInFlight();
    assert.deepEqual(checkObjects(ledger, lookOf(isThere ? {} : { places: new Map() }), ledger.hubEnded(), tally), []);
    assert.deepEqual(tally.post, { whole: Number(isThere), absent: Number(!isThere) });
  }
});

/** A server that answers each target with what is given for it, `undefined` with 404. */
async function serving(answers: (target: string) => unknown): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer(({ url = "" }, response) => {
    const answer = answers(url);
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(Buffer.isBuffer(answer) ? answer : JSON.stringify(answer ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens at a port
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

for (const [what, listed, served, told] of [
  ["nothing wrong", [{ name: ID, size: BYTES.length }], BYTES, []],
  ["a wrong size", [{ name: ID, size: 1 }], BYTES, [/ 1 is listed and does not lie there/, / 22 is not listed/]],
  ["a name that is not listed", [], BYTES, [/ 22 is not listed/]],
  [
    "a name that is listed twice",
    [
      { name: ID, size: 22 },
      { name: ID, size: 22 },
    ],
    BYTES,
    [/lists a name twice/],
  ],
  ["no listing", undefined, BYTES, [/data\/: 404/]],
  ["half of the bytes", [{ name: ID, size: 22 }], HALF, [/other bytes than those that lie there/]],
  ["no bytes", [{ name: ID, size: 22 }], undefined, [/404, and it lies there/]],
] as const) {
  test(`the check of what is served tells of ${what}`, async () => {
    await using server = await serving((target) => {
      if (target === "/nas/raw/data/") return listed;
      return target.endsWith("/") ? [] : served;
    });
    const problems = await checkServed(server.url, lookOf(), { places: PLACES, paths: [PATH] });
    assert.equal(problems.length, told.length, problems.join("\n"));
    for (const pattern of told)
      assert.ok(
        problems.some((problem) => pattern.test(problem)),
        problems.join("\n"),
      );
  });
}

test("the check of what is served tells of what is served and does not lie there", async () => {
  await using server = await serving((target) => (target.endsWith("/") ? [] : BYTES));
  const problems = await checkServed(server.url, lookOf({ places: new Map() }), { places: PLACES, paths: [PATH] });
  assert.deepEqual(problems, [`GET ${PATH}: 200, and it does not lie there`]);
});

test("the check of quotas tells of a limit that is passed, and of counters that stay off", async (t) => {
  const right = { usedBytes: BYTES.length, setAsideBytes: 0, hardBytes: null, uncountedRepositories: 0 };
  let answer: Record<string, unknown> = right;
  await using server = await serving(() => answer);
  assert.deepEqual(await checkQuotas(server.url, lookOf(), ["nas"]), []);
  answer = { ...right, hardBytes: 21 };
  const passed = await checkQuotas(server.url, lookOf(), ["nas"]);
  assert.equal(passed.length, 2);
  assert.match(passed[0] ?? "", /22 bytes lie there, 21 may/);
  for (const off of [{ usedBytes: 21 }, { setAsideBytes: 5 }, { uncountedRepositories: 1 }]) {
    answer = { ...right, ...off };
    let nowMs = 0;
    const clock = t.mock.method(performance, "now", () => (nowMs += 15_000)); // the time that counters have is soon over
    const problems = await checkQuotas(server.url, lookOf(), ["nas"]);
    clock.mock.restore();
    assert.equal(problems.length, 2, JSON.stringify(off));
    assert.match(problems[0] ?? "", /^\/quotas\/accounts\/nas: counts/);
  }
});

const LINE = {
  id: 7,
  kind: "backup.arrived",
  status: "succeeded",
  startedAt: "2026-11-21T20:00:00.000Z",
  endedAt: "2026-11-21T20:00:01.000Z",
  account: "nas",
  repository: "/nas/raw/",
  summary: "a backup",
  details: {},
};
const SNAPSHOT = `nas/raw/snapshots/${ID}`;

/** What the timeline's check says of a hub whose lists of lines are these, by what they are asked for with. */
async function timelineProblems(lines: Readonly<Record<string, readonly object[]>>): Promise<string[]> {
  const own = { ...LINE, id: 1, kind: "hub.started", details: { pid: 99 } };
  const all: Readonly<Record<string, readonly object[]>> = { "kind=hub.started": [own], ...lines };
  await using server = await serving((target) => ({
    items: Object.entries(all).find(([query]) => target.includes(query))?.[1] ?? [],
    next: null,
  }));
  const ledger = new Ledger();
  ledger.begin("post", SNAPSHOT, seen(BYTES)).acknowledged();
  const look = lookOf({ places: new Map([[SNAPSHOT, seen(BYTES)]]) });
  const startedAtMs = Date.parse("2026-11-21T21:00:00Z");
  return await checkTimeline(server.url, { ledger, look, pid: 99, startedAtMs, starts: 1, commandsKilled: 0 });
}

for (const [what, lines, told] of [
  ["nothing wrong", { "kind=backup.arrived": [{ ...LINE, details: { snapshot: ID, addedBytes: 22 } }] }, []],
  ["a line that has run since before the start", { "status=running": [{ ...LINE, status: "running", endedAt: null }] }, [/still runs/]],
  ["a start too many", { "kind=hub.started": [LINE, { ...LINE, details: { pid: 99 } }] }, [/2 starts, and there were 1/]],
  ["a snapshot nobody has stored", { "kind=backup.arrived": [{ ...LINE, details: { snapshot: "ff" } }] }, [/which nobody has stored/]],
  [
    "more bytes than were sent",
    { "kind=backup.arrived": [{ ...LINE, details: { snapshot: ID, addedBytes: 23 } }] },
    [/23 bytes, 22 were sent/],
  ],
  [
    "a line that ends before it begins",
    { "kind=backup.arrived": [{ ...LINE, endedAt: "2026-11-21T19:00:00.000Z", details: { snapshot: ID } }] },
    [/ends before it begins/],
  ],
] as const) {
  test(`the check of the timeline tells of ${what}`, async () => {
    const problems = await timelineProblems(lines);
    assert.equal(problems.length, told.length, problems.join("\n"));
    for (const pattern of told) assert.match(problems[0] ?? "", pattern);
  });
}

test("a look at the disk sees objects, what the trash has of them, temporary files and strangers, each as what it is", async () => {
  await using folder = await tempFolder();
  const files = {
    [`restic/nas/raw/data/${ID.slice(0, 2)}/${ID}`]: HALF,
    "restic/nas/raw/config": BYTES,
    [`.hub-trash/2026-11-21T17/restic/nas/raw/data/${ID.slice(0, 2)}/${ID}`]: BYTES,
    [`.hub-trash/2026-11-21T18/restic/nas/raw/data/${ID.slice(0, 2)}/${ID}`]: HALF,
    ".hub-trash/2026-11-21T17/restic/nas/raw/.hub-tmp-1": BYTES,
    "restic/nas/raw/.hub-tmp/1": BYTES,
    "restic/nas/raw/odd": BYTES,
    [`restic/nas/raw/data/${ID}.part`]: BYTES,
  };
  for (const [path, bytes] of Object.entries(files)) {
    const at = join(folder.path, "files", path);
    await mkdir(dirname(at), { recursive: true });
    await writeFile(at, bytes);
  }
  const looker = new DiskLooker(folder.path);
  const look = await looker.look();
  assert.deepEqual(
    look.places,
    new Map([
      [PATH, seen(HALF)],
      ["nas/raw/config", seen(BYTES)],
    ]),
  );
  assert.deepEqual(new Set(look.trash.get(PATH)), new Set([seen(BYTES), seen(HALF)]));
  assert.equal(look.trashBytes, BYTES.length + HALF.length);
  assert.deepEqual(look.temps, ["restic/nas/raw/.hub-tmp/1"]);
  assert.deepEqual(look.strangers.toSorted(), [`restic/nas/raw/data/${ID}.part`, "restic/nas/raw/odd"]);
  await writeFile(join(folder.path, "files", `restic/nas/raw/data/${ID.slice(0, 2)}/${ID}`), BYTES);
  assert.deepEqual((await looker.look()).places.get(PATH), seen(BYTES), "it is read again when it is another");
});
