import assert from "node:assert/strict";
import { globSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findRepositoryUse } from "#db/repository-use.ts";
import { countRepository } from "#domain/quotas/count-repository.ts";
import { setQuota } from "#domain/quotas/set-quota.ts";
import { showQuota } from "#domain/quotas/show-quota.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { COUNTED_TYPES, noUse, type QuotaScope } from "#model/quota.ts";
import { OBJECT_TYPES, parseRepositoryPath } from "#model/repository.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { basic, randomObject } from "../../../test/support/http-request.ts";
import { leftovers } from "../../../test/support/leftovers.ts";

const KiB = 1024;
const HUB: QuotaScope = { kind: "hub" };

test("HB-8: sixty uploads at once, half of unknown length, never pass a hard quota by a byte and leave nothing of those refused", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/?create=true");
  await limit(door, HUB, 500_000);
  const before = openFiles();
  const replies = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const { id, bytes } = randomObject(10_000 + 317 * index);
      const reply = await door.send("POST", `/laptop/data/${id}`, { body: index % 2 === 0 ? bytes : chunks(bytes) });
      return { id, reply, sizeBytes: bytes.length };
    }),
  );
  const stored = replies.filter(({ reply }) => reply.status === 200);
  const refused = replies.filter(({ reply }) => reply.status !== 200);
  assert.deepEqual(new Set(refused.map(({ reply }) => reply.status)), new Set([507]));
  const bytes = stored.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  assert.equal(bytesOnDisk(door), bytes);
  assert.ok(bytes <= 500_000 && bytes > 460_000, `${bytes} bytes were stored`);
  for (const { id } of refused) assert.equal((await door.send("HEAD", `/laptop/data/${id}`)).status, 404);
  assert.deepEqual(leftovers(door), []);
  const quota = await used(door, HUB);
  assert.equal(quota.usedBytes, bytes);
  // What was reserved for refused uploads is there for others, to the last byte.
  const rest = randomObject(500_000 - bytes);
  assert.equal((await door.send("POST", `/laptop/data/${rest.id}`, { body: rest.bytes })).status, 200);
  assert.equal(bytesOnDisk(door), 500_000);
  const one = randomObject(1);
  assert.equal((await door.send("POST", `/laptop/data/${one.id}`, { body: one.bytes })).status, 507);
  await sleep(50);
  assert.ok(openFiles() <= before + 4, `${before} files were open before, ${openFiles()} after`);
});

test("0#19, 1.5: an upload that would pass a quota is 507 with who and how much, before its body is read", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/?create=true");
  await limit(door, { kind: "account", name: "laptop" }, 100 * KiB);
  const { id } = randomObject(1);
  const { hostname, port } = new URL(door.url);
  const socket = connect(Number(port), hostname);
  const head = `POST /laptop/data/${id} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${basic(door.credentials)}\r\n`;
  socket.write(`${head}Connection: close\r\nContent-Length: 200000\r\n\r\n`); // and not a byte of them
  const reply = Buffer.concat(await socket.toArray()).toString("latin1");
  assert.match(reply, /^HTTP\/1\.1 507 Quota: no \S+ \S+ left, account laptop uses 0 B of 100\.0 KiB\r\n/);
  assert.deepEqual(leftovers(door), []);
  assert.equal((await used(door, HUB)).drawnBytes, 0);
});

test("1.2 POST: a body of unknown length is 507 as soon as it passes a quota", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/?create=true");
  await limit(door, { kind: "repository", path: "/laptop/" }, 100 * KiB);
  const { id, bytes } = randomObject(300 * KiB);
  const reply = await door.send("POST", `/laptop/data/${id}`, { body: chunks(bytes) });
  assert.equal(reply.status, 507);
  assert.match(reply.reason, /^Quota: no \S+ \S+ left, repository \/laptop\/ uses 0 B of 100\.0 KiB$/);
  assert.deepEqual(leftovers(door), []);
  const fitting = randomObject(100 * KiB);
  assert.equal((await door.send("POST", `/laptop/data/${fitting.id}`, { body: chunks(fitting.bytes) })).status, 200);
});

test("1.8: a full repository still takes locks, objects that it has, and from those who may remove what a clean-up writes", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/?create=true");
  const known = randomObject(1000);
  assert.equal((await door.send("POST", `/laptop/data/${known.id}`, { body: known.bytes })).status, 200);
  await limit(door, HUB, 1000);
  const appender = await door.addAccount("appender", { appendOnly: true });
  await door.grant("appender", "/laptop/", "backup");
  const send = async (type: string, credentials?: typeof appender) => {
    const { id, bytes } = randomObject(500);
    return (await door.send("POST", `/laptop/${type}/${id}`, { body: bytes, ...(credentials && { credentials }) })).status;
  };
  assert.equal((await door.send("POST", `/laptop/data/${known.id}`, { body: known.bytes })).status, 200);
  assert.deepEqual([await send("locks"), await send("locks", appender)], [200, 200]);
  assert.deepEqual([await send("data"), await send("data", appender)], [507, 507]);
  for (const type of ["index", "snapshots", "keys"])
    assert.deepEqual([type, await send(type), await send(type, appender)], [type, 200, 507]);
  const usedBytes = (await used(door, HUB)).usedBytes;
  assert.equal(usedBytes, 1000 + 3 * 500, "locks are not in it");
  assert.equal((await door.send("DELETE", `/laptop/data/${known.id}`)).status, 200);
  assert.equal((await used(door, HUB)).usedBytes, usedBytes, "what lies in the trash counts for the hub");
  assert.equal((await used(door, { kind: "account", name: "laptop" })).usedBytes, usedBytes - 1000);
});

test("what is removed makes room at once, and a clean-up that failed leaves none beyond the limit", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/?create=true");
  await limit(door, { kind: "account", name: "laptop" }, 1000);
  const [first, second] = [randomObject(1000), randomObject(1000)];
  assert.equal((await door.send("POST", `/laptop/data/${first.id}`, { body: first.bytes })).status, 200);
  const wrong = await door.send("POST", `/laptop/index/${second.id}`, { body: first.bytes });
  assert.equal(wrong.status, 400);
  assert.equal((await door.send("POST", `/laptop/data/${second.id}`, { body: second.bytes })).status, 507);
  assert.equal((await door.send("DELETE", `/laptop/data/${first.id}`)).status, 200);
  assert.equal((await door.send("POST", `/laptop/data/${second.id}`, { body: second.bytes })).status, 200);
});

test("an account's quota is for all it owns and for nobody else, and one that is lifted counts no longer", async () => {
  await using door = await startDoorHub();
  const nas = await door.addAccount("nas");
  await limit(door, { kind: "account", name: "laptop" }, 1000);
  const send = async (path: string, credentials?: typeof nas) => {
    const { id, bytes } = randomObject(600);
    return (await door.send("POST", `${path}data/${id}`, { body: bytes, ...(credentials && { credentials }) })).status;
  };
  assert.equal(await send("/laptop/one/"), 200);
  assert.equal(await send("/laptop/two/"), 507);
  assert.equal(await send("/shared/"), 507, "it would be the one who made it");
  assert.equal(await send("/nas/", nas), 200);
  await setQuota(door.hub.core, OPERATOR, { scope: { kind: "account", name: "laptop" }, hardBytes: null });
  assert.equal(await send("/laptop/two/"), 200);
});

test("a first limit holds for the next upload to a repository that is in use, with nothing else changed", async () => {
  await using door = await startDoorHub();
  const send = async () => {
    const { id, bytes } = randomObject(600);
    return (await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status;
  };
  for (const scope of [{ kind: "repository", path: "/laptop/" }, { kind: "account", name: "laptop" }, HUB] as const) {
    assert.deepEqual([scope.kind, await send(), await send()], [scope.kind, 200, 200]);
    await limit(door, scope, 1000);
    assert.deepEqual([scope.kind, await send()], [scope.kind, 507]);
    await setQuota(door.hub.core, OPERATOR, { scope, hardBytes: null });
  }
});

test("uploads that a full quota refuses make one line of the timeline", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/?create=true");
  await limit(door, { kind: "repository", path: "/laptop/" }, 1000);
  const send = async (sizeBytes: number) => {
    const { id, bytes } = randomObject(sizeBytes);
    return (await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status;
  };
  assert.equal(await send(600), 200);
  assert.deepEqual(await warnings(door), []);
  assert.deepEqual([await send(600), await send(600)], [507, 507]);
  assert.deepEqual(await warnings(door), ["Repository /laptop/ has met its hard quota: uploads are refused"]);
});

test("a soft quota that is passed refuses nothing and makes one line of the timeline, and another only after it fell below", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/?create=true");
  await setQuota(door.hub.core, OPERATOR, { scope: { kind: "repository", path: "/laptop/" }, softBytes: 1000 });
  const passed = "Repository /laptop/ has passed its soft quota";
  const objects = [randomObject(1000), randomObject(1), randomObject(1)];
  const post = async (index: number) => {
    const { id, bytes } = objects[index] ?? assert.fail();
    assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
    return await warnings(door);
  };
  assert.deepEqual(await post(0), []);
  assert.deepEqual(await post(1), [passed]);
  assert.deepEqual(await post(2), [passed]);
  assert.equal((await door.send("DELETE", `/laptop/data/${objects[0]?.id}`)).status, 200);
  assert.deepEqual(await warnings(door), [passed]);
  assert.deepEqual(await post(0), [passed, passed]);
});

test("a folder that cannot be read leaves the counters of a repository as they were, and the log tells of it", async () => {
  await using storage = new MemoryStorage();
  await using door = await startDoorHub({ storage });
  const { core } = door.hub;
  const use = async () => (await findRepositoryUse(core.database.read, "/laptop/"))?.use;
  const objects = [randomObject(100), randomObject(200), randomObject(300)];
  for (const { id, bytes } of objects) assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
  const path = parseRepositoryPath(["laptop"]) ?? assert.fail();
  const count = async () => await countRepository(core, path, { gently: false }, AbortSignal.timeout(10_000));
  assert.equal(await count(), "counted");
  const whole = { ...noUse(), data: { count: 3, sizeBytes: 600 } };
  assert.deepEqual(await use(), whole);

  const unreadable = `restic/laptop/data/${objects[1]?.id.slice(0, 2)}`;
  storage.inject(({ call, path }) =>
    call === "readFolder" && path === unreadable
      ? { kind: "fail-before", error: Object.assign(new Error("EIO: i/o error"), { code: "EIO" }) }
      : undefined,
  );
  await assert.rejects(count(), { code: "damaged" });
  assert.deepEqual(await use(), whole);
  await core.quotas.askRecount("/laptop/");
  const isTold = () => door.logLines.some((line) => /a repository was not counted/.test(line) && line.includes("/laptop/"));
  for (const deadlineMs = performance.now() + 10_000; !isTold(); await sleep(20)) assert.ok(performance.now() < deadlineMs, "not told");
  await core.quotas.flush();
  assert.deepEqual(await use(), whole);
});

test("a repository that lay here before is counted before its quota lets anything in", async () => {
  await using door = await startDoorHub();
  const old = randomObject(900);
  const file = join(door.tree, "old", "data", old.id.slice(0, 2), old.id);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, old.bytes);
  await limit(door, HUB, 1000);
  const { id, bytes } = randomObject(200);
  assert.equal((await door.send("POST", `/old/data/${id}`, { body: bytes })).status, 507);
  const small = randomObject(100);
  assert.equal((await door.send("POST", `/old/data/${small.id}`, { body: small.bytes })).status, 200);
  assert.equal((await used(door, HUB)).usedBytes, 1000);
});

test("what an account announces and does not send is bounded under a quota; what it sends, and others, go on", async () => {
  await using door = await startDoorHub({ flags: { "limits.reservedBytesPerAccount": "50000" } });
  for (const path of ["/laptop/", "/nas/"]) assert.equal((await door.send("POST", `${path}?create=true`)).status, 200);
  const { hostname, port } = new URL(door.url);
  const announce = (sizeBytes: number) => {
    const socket = connect(Number(port), hostname);
    const head = `POST /laptop/data/${randomObject(1).id} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${basic(door.credentials)}\r\n`;
    socket.write(`${head}Connection: close\r\nContent-Length: ${sizeBytes}\r\n\r\n?`);
    return socket;
  };
  const send = async (path: string, sizeBytes: number, credentials = door.credentials) => {
    const { id, bytes } = randomObject(sizeBytes);
    return (await door.send("POST", `${path}data/${id}`, { body: bytes, credentials })).status;
  };
  const arrived = async (uploads: number) => {
    const temps = join(door.tree, "laptop", ".hub-tmp");
    while (globSync("*", { cwd: temps }).length !== uploads) await sleep(5);
  };
  const unlimited = announce(200_000);
  await arrived(1);
  assert.equal(await send("/laptop/", 40_000), 200, "nothing is limited");
  unlimited.destroy();
  await arrived(0);
  await limit(door, HUB, 1_000_000);
  const sockets = [announce(20_000), announce(20_000)];
  await arrived(2);
  const refused = await announce(20_000).toArray();
  assert.match(
    Buffer.concat(refused).toString("latin1"),
    /^HTTP\/1\.1 503 This account has announced too many bytes at once; try again soon\r\n/,
  );
  assert.equal(await send("/laptop/", 9000), 200);
  const nas = await door.addAccount("nas");
  assert.equal(await send("/nas/", 40_000, nas), 200);
  for (const socket of sockets) socket.destroy();
  let status = await send("/laptop/", 60_000);
  for (; status === 503; status = await send("/laptop/", 60_000)) await sleep(10);
  assert.equal(status, 200, "one alone always may");
  assert.equal(await send("/laptop/", 45_000), 200, "nothing is left of them");
});

/** A disk of which one folder is away. */
class PartlyAway extends MemoryStorage {
  isAway = false;

  override async stat(...input: Parameters<MemoryStorage["stat"]>): ReturnType<MemoryStorage["stat"]> {
    if (this.isAway && input[0].startsWith("restic/old/")) throw new HubError("unavailable", "The disk of this repository is not there");
    return await super.stat(...input);
  }
}

test("a repository whose disk is away keeps nobody else from storing under the hub's quota", async () => {
  await using storage = new PartlyAway();
  await using door = await startDoorHub({ storage });
  const { core } = door.hub;
  const send = async (path: string) => {
    const { id, bytes } = randomObject(300);
    return (await door.send("POST", `${path}data/${id}`, { body: bytes })).status;
  };
  assert.equal((await door.send("POST", "/laptop/?create=true")).status, 200);
  await limit(door, HUB, 1000);
  storage.isAway = true;
  await core.quotas.askRecount("/old/");
  const startedAtMs = performance.now();
  assert.equal(await send("/laptop/"), 200);
  assert.ok(performance.now() - startedAtMs < core.limits.quotaCountWaitMs / 2);
  assert.equal(await send("/old/"), 503);
  storage.isAway = false;
  await countRepository(core, parseRepositoryPath(["old"]) ?? assert.fail(), { gently: false }, AbortSignal.timeout(10_000));
  assert.equal(await send("/old/"), 200);
});

test("uploads and removals while a repository is counted again and again are in the counters exactly once", async () => {
  await using door = await startDoorHub();
  const { core } = door.hub;
  await door.send("POST", "/laptop/?create=true");
  await limit(door, HUB, 50_000_000);
  const path = parseRepositoryPath(["laptop"]) ?? assert.fail();
  let counts = 0;
  const counting = (async () => {
    while (counts < 4) {
      await core.database.write("askRecount", { path: "/laptop/", nowMs: core.clock() });
      if ((await countRepository(core, path, { gently: false }, AbortSignal.timeout(60_000))) === "counted") counts += 1;
    }
  })();
  const work = async (worker: number) => {
    for (let turn = 0; counts < 4 || turn < 10; turn += 1) {
      const type = OBJECT_TYPES[(turn + worker) % OBJECT_TYPES.length] ?? "data";
      const { id, bytes } = randomObject(100 + 13 * turn + worker);
      const post = () => door.send("POST", `/laptop/${type}/${id}`, { body: turn % 3 === 0 ? chunks(bytes) : bytes });
      await Promise.all([post(), post()]);
      if (turn % 2 === 0) await Promise.all([door.send("DELETE", `/laptop/${type}/${id}`), door.send("DELETE", `/laptop/${type}/${id}`)]);
      if (turn % 4 === 0) await post();
    }
  };
  await Promise.all([counting, ...[0, 1, 2, 3].map(work)]);
  await core.quotas.flush();
  assert.deepEqual((await findRepositoryUse(core.database.read, "/laptop/"))?.use, useOnDisk(door));
});

test("1.8: packs stay out of the disk's reserve, its last 64 MiB are for locks and clean-ups, and its last 16 MiB for nothing that is stored", async () => {
  const MiB = KiB * KiB;
  const statuses = async (capacityBytes: number) => {
    await using storage = new MemoryStorage({ capacityBytes });
    await using door = await startDoorHub({ storage });
    const appender = await door.addAccount("appender", { appendOnly: true });
    await door.grant("appender", "/laptop/", "backup");
    const send = async (type: string, credentials = door.credentials) => {
      const { id, bytes } = randomObject(500);
      return (await door.send("POST", `/laptop/${type}/${id}`, { body: bytes, credentials })).status;
    };
    const all = [];
    for (const type of ["data", "index", "locks"]) all.push(await send(type, appender), await send(type));
    return all;
  };
  assert.deepEqual(await statuses(2048 * MiB), [200, 200, 200, 200, 200, 200]);
  assert.deepEqual(await statuses(512 * MiB), [507, 507, 200, 200, 200, 200]);
  assert.deepEqual(await statuses(60 * MiB), [507, 507, 507, 200, 200, 200]);
  assert.deepEqual(await statuses(16 * MiB), [507, 507, 507, 507, 507, 507]);
});

async function limit(door: DoorHub, scope: QuotaScope, hardBytes: number): Promise<void> {
  await setQuota(door.hub.core, OPERATOR, { scope, hardBytes });
}

async function used(door: DoorHub, scope: QuotaScope) {
  await door.hub.core.quotas.flush();
  return await showQuota(door.hub.core, { scope });
}

/** The timeline's lines about quotas, with those of everything that was answered so far. */
async function warnings({ hub }: DoorHub): Promise<readonly string[]> {
  const { database, quotas } = hub.core;
  await quotas.flush();
  await database.write("beatQuotaProcess", { process: "nobody" }); // writes are made in turn
  const rows = await database.read.selectFrom("operation").select("summary").where("kind", "=", "quota.warning").orderBy("id").execute();
  return rows.map(({ summary }) => summary);
}

async function* chunks(source: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < source.length; at += 7000) {
    yield source.subarray(at, at + 7000);
    await sleep(1);
  }
}

function bytesOnDisk(door: DoorHub): number {
  const use = useOnDisk(door);
  return COUNTED_TYPES.reduce((sum, type) => sum + (type === "locks" ? 0 : use[type].sizeBytes), 0);
}

function useOnDisk(door: DoorHub) {
  const use = noUse();
  for (const type of OBJECT_TYPES) {
    for (const path of globSync(`laptop/${type}/**`, { cwd: door.tree })) {
      const there = statSync(join(door.tree, path));
      if (!there.isFile()) continue;
      use[type].count += 1;
      use[type].sizeBytes += there.size;
    }
  }
  return use;
}

function openFiles(): number {
  return readdirSync("/proc/self/fd").length;
}
