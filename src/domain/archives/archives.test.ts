import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { findArchiveUse } from "#db/archive-accounts.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError, type HubErrorCode } from "#model/hub-error.ts";
import type { IncomingBytes } from "#model/incoming-bytes.ts";
import { filePath } from "#storage/file-path.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { addArchiveAccount, setArchiveAccount } from "../access/add-archive-account.ts";
import { setQuota } from "../quotas/set-quota.ts";
import { measureTrash } from "../removal/list-trash.ts";
import { sweepLeftovers } from "../repositories/sweep-leftovers.ts";
import { moveExpiredToTrash } from "./expire-archive.ts";
import { findLiveArchive } from "./find-archive.ts";
import { listArchives } from "./list-archives.ts";
import { openArchive } from "./open-archive.ts";
import { OpenArchives } from "./open-archives.ts";
import { receiveArchive } from "./receive-archive.ts";
import { sweepArchives } from "./sweep-archives.ts";

const SIGNAL = new AbortController().signal;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 21, 17, 30);

/** A hub with the account `router`, whose clocks stand still until the test moves them. */
async function openHub() {
  const time = { wallMs: START_MS, monotonicMs: 5000 };
  const storage = new MemoryStorage({ clock: () => time.wallMs });
  const door = await startDoorHub({ storage, clock: () => time.wallMs, monotonic: () => time.monotonicMs });
  const { core } = door.hub;
  const added = await addArchiveAccount(core, OPERATOR, { name: "router", scope: "full", settings: { retainDays: 30 } });
  const account = await core.access.account("router");
  const visitor = {
    ...{ accountId: account?.id ?? 0, accountName: "router", login: added.login, mostRole: undefined, archiveScope: "full" as const },
    origin: { door: "restbackup", address: "unix" as const, client: undefined },
  };
  const open = () => OpenArchives.open(core.access, visitor, "restbackup");
  return {
    core,
    time,
    storage,
    visitor,
    open,
    put: async (name: string, bytes: Uint8Array, changes: { lengthBytes?: number | undefined; sha512?: string } = {}) => {
      const body = bodyOf(bytes, "lengthBytes" in changes ? changes.lengthBytes : bytes.length);
      const expected = { sha512: changes.sha512 };
      return await receiveArchive(core, await open(), { name, body, expected, contentType: undefined }, SIGNAL);
    },
    names: async () => {
      const pages = await Array.fromAsync(listArchives(core, await open(), { signal: SIGNAL }));
      return pages.flat().map(({ name }) => name);
    },
    /** Every file on the entry, the hub's own left out. */
    files: async () => (await Array.fromAsync(storage.list(filePath("restbackup"), SIGNAL))).map(({ path }) => path).sort(),
    run: (ms: number) => {
      time.wallMs += ms;
      time.monotonicMs += ms;
    },
    [Symbol.asyncDispose]: () => door[Symbol.asyncDispose](),
  };
}

test("an archive comes back as it was sent, under a name that people recognise on the disk", async () => {
  await using hub = await openHub();
  const bytes = randomBytes(300_000);
  const archive = await hub.put("/etc/data.tar.gz", bytes);
  assert.equal(archive.sha256, createHash("sha256").update(bytes).digest("hex"));
  assert.deepEqual([archive.createdAtMs, archive.expiresAtMs], [START_MS, START_MS + 30 * DAY_MS]);
  assert.deepEqual(await hub.files(), ["restbackup/router/etc%2Fdata.tar.gz"]);
  assert.deepEqual(await hub.names(), ["/etc/data.tar.gz"]);
  await using file = await openArchive(hub.core, await hub.open(), archive, undefined, SIGNAL);
  assert.deepEqual(Buffer.concat(await Array.fromAsync(file.body, (chunk) => Buffer.from(chunk))), bytes);
  const sidecar = JSON.parse(await textAt(hub.storage, `restbackup/router/.hub-meta/${archive.id}.json`));
  assert.deepEqual([sidecar.name, sidecar.sha256, sidecar.expiresAtMs], ["/etc/data.tar.gz", archive.sha256, archive.expiresAtMs]);
});

test("nothing is left of an upload that breaks off, is not what its digest says, or is too long, and its name stays free", async () => {
  await using hub = await openHub();
  const bytes = randomBytes(5000);
  const wrong = createHash("sha512").update("other").digest("hex");
  await refuses(hub.put("/a", bytes, { sha512: wrong }), "hash_mismatch");
  await refuses(
    receiveArchive(hub.core, await hub.open(), { name: "/a", body: breakingOff(bytes), expected: {}, contentType: undefined }, SIGNAL),
    "incomplete",
  );
  await setArchiveAccount(hub.core, OPERATOR, { accountName: "router", settings: { acceptsUnknownLength: true, mostFileBytes: 4000 } });
  await refuses(hub.put("/a", bytes), "too_large");
  await refuses(hub.put("/a", bytes, { lengthBytes: undefined }), "too_large");
  assert.deepEqual(await hub.files(), []);
  assert.deepEqual(await findArchiveUse(hub.core.database.read, hub.visitor.accountId), { usedBytes: 0, usedFiles: 0 });
  assert.equal((await hub.put("/a", bytes.subarray(1000), { lengthBytes: undefined })).sizeBytes, 4000);
});

test("of fifty that send one name at once, one is kept, whole, and the others are told", async () => {
  await using hub = await openHub();
  const bodies = Array.from({ length: 50 }, () => randomBytes(2000));
  const results = await Promise.allSettled(bodies.map((bytes) => hub.put("/same", bytes)));
  const kept = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  assert.equal(kept.length, 1);
  for (const result of results) if (result.status === "rejected") assert.equal((result.reason as HubError).code, "already_exists");
  const [archive] = kept;
  assert.ok(bodies.some((bytes) => createHash("sha256").update(bytes).digest("hex") === archive?.sha256));
  assert.equal((await hub.files()).length, 1);
  assert.deepEqual(await findArchiveUse(hub.core.database.read, hub.visitor.accountId), { usedBytes: 2000, usedFiles: 1 });
});

test("from the second in which its time is over an archive is not there, and its name is free; its bytes wait in the trash", async () => {
  await using hub = await openHub();
  const first = await hub.put("/a", randomBytes(1000));
  await refuses(hub.put("/a", randomBytes(10)), "already_exists");
  hub.run(30 * DAY_MS - 1000);
  assert.equal((await findLiveArchive(hub.core, await hub.open(), "/a"))?.id, first.id);
  hub.run(1000);
  assert.equal(await findLiveArchive(hub.core, await hub.open(), "/a"), undefined);
  assert.deepEqual(await hub.names(), []);
  const second = await hub.put("/a", randomBytes(500));
  assert.notEqual(second.id, first.id);
  assert.equal(second.storedName, "a", "its place is free again");
  assert.deepEqual(await hub.names(), ["/a"]);
  assert.equal((await measureTrash(hub.core, SIGNAL)).objects >= 1, true);
  assert.deepEqual(await findArchiveUse(hub.core.database.read, hub.visitor.accountId), { usedBytes: 500, usedFiles: 1 });
});

test("the sweep ends what is over, and leaves what is held, also when a clock alone says so", async () => {
  await using hub = await openHub();
  for (const name of ["/a", "/b", "/kept"]) await hub.put(name, randomBytes(100));
  await hub.core.database.write("addArchiveHold", {
    ...{ accountName: "router", namePrefix: "/kept", isExact: true, reason: "a lawsuit", nowMs: START_MS, by: OPERATOR },
  });
  hub.time.wallMs += 400 * DAY_MS; // a clock that jumps, while the machine has hardly run
  await sweepArchives(hub.core, SIGNAL);
  hub.time.wallMs -= 400 * DAY_MS;
  hub.core.time.forgetJump();
  assert.equal((await hub.files()).length, 3);
  hub.run(30 * DAY_MS);
  assert.deepEqual(await hub.names(), ["/kept"]);
  await sweepArchives(hub.core, SIGNAL);
  assert.deepEqual(await hub.files(), ["restbackup/router/kept"]);
  await refuses(hub.put("/kept", randomBytes(10)), "already_exists");
});

test("whoever comes late, to move an expired file or to take remains away, touches nothing that is another's by now", async () => {
  await using hub = await openHub();
  const first = await hub.put("/a", randomBytes(100));
  hub.run(30 * DAY_MS);
  const second = await hub.put("/a", randomBytes(200));
  assert.equal(second.storedName, first.storedName);
  await moveExpiredToTrash(hub.core, first, { accountName: "router" });
  const remains = { folder: filePath("restbackup", "router"), storedName: "a", process: "hub", hasFile: true };
  for (const id of [first.id, second.id, 999]) await hub.core.archiveRemains.takeAway({ ...remains, id });
  assert.deepEqual(await hub.files(), ["restbackup/router/a"]);
  assert.equal((await hub.storage.stat(filePath("restbackup", "router", ".hub-meta", `${second.id}.json`), SIGNAL)).kind, "file");
});

test("a name that looks like the temporary file of another program is an archive's like any other", async () => {
  await using hub = await openHub();
  const name = `/${"0123456789abcdef".repeat(4)}-tmp-db.tar.gz`;
  await hub.put(name, randomBytes(100));
  hub.run(20 * DAY_MS);
  await sweepLeftovers(hub.core, { beforeMs: hub.time.wallMs }, SIGNAL);
  assert.equal((await hub.files()).length, 1);
});

test("damage is told before the first byte where it shows, and never passed on as whole", async () => {
  await using hub = await openHub();
  const archive = await hub.put("/a", randomBytes(700_000));
  const path = filePath("restbackup", "router", "a");
  const overwrite = async (bytes: Uint8Array) => {
    await using upload = await hub.storage.begin(path, { temps: filePath("t"), publish: "replace" }, SIGNAL);
    await upload.write(bytes);
    await upload.commit();
  };
  await overwrite(randomBytes(700_000));
  await using file = await openArchive(hub.core, await hub.open(), archive, undefined, SIGNAL);
  let bytes = 0;
  await refuses(
    (async () => {
      for await (const chunk of file.body) bytes += chunk.length;
    })(),
    "damaged",
  );
  assert.ok(bytes < 700_000, `${bytes} bytes`);
  await overwrite(randomBytes(10));
  await refuses(openArchive(hub.core, await hub.open(), archive, undefined, SIGNAL), "damaged");
  await refuses(openArchive(hub.core, await hub.open(), archive, { first: 100, last: 200 }, SIGNAL), "damaged");
  await hub.storage.erase(path, SIGNAL);
  await refuses(openArchive(hub.core, await hub.open(), archive, undefined, SIGNAL), "damaged");
});

test("a quota is met before the first byte, and what a process left behind is taken away", async () => {
  await using hub = await openHub();
  await setQuota(hub.core, OPERATOR, { scope: { kind: "account", name: "router" }, hardBytes: 1000 });
  await refuses(hub.put("/a", randomBytes(1001)), "quota_exceeded");
  const left = { accountId: hub.visitor.accountId, door: "restbackup", name: "/left", sizeBytes: 900, contentType: undefined } as const;
  const process = "another";
  await hub.core.database.write("registerQuotaProcess", { process });
  const names = [{ name: "left", folded: "left" }];
  await hub.core.database.write("beginArchive", { ...left, storedNames: names, login: "X", process, nowMs: START_MS });
  await using upload = await hub.storage.begin(
    filePath("restbackup", "router", "left"),
    { temps: filePath("t"), publish: "absent" },
    SIGNAL,
  );
  await upload.write(randomBytes(900));
  await upload.commit();
  await refuses(hub.put("/a", randomBytes(200)), "quota_exceeded");
  await hub.core.database.write("buryQuotaProcesses", { processes: [process], nowMs: START_MS });
  await sweepArchives(hub.core, SIGNAL);
  assert.deepEqual(await hub.files(), []);
  await hub.put("/a", randomBytes(1000));
});

test("scopes, suspension and modes say what may be done", async () => {
  await using hub = await openHub();
  const archive = await hub.put("/a", randomBytes(10));
  const as = (archiveScope: "put-only" | "read-only") => OpenArchives.open(hub.core.access, { ...hub.visitor, archiveScope }, "restbackup");
  await refuses(openArchive(hub.core, await as("put-only"), archive, undefined, SIGNAL), "forbidden");
  const incoming = () => ({ name: "/b", body: bodyOf(randomBytes(1), 1), expected: {}, contentType: undefined });
  await refuses(receiveArchive(hub.core, await as("read-only"), incoming(), SIGNAL), "forbidden");
  await setArchiveAccount(hub.core, OPERATOR, { accountName: "router", settings: { suspendedReason: "unpaid" } });
  await refuses(receiveArchive(hub.core, await as("put-only"), incoming(), SIGNAL), "forbidden");
  const { archiveScope: _, ...restic } = hub.visitor;
  await refuses(OpenArchives.open(hub.core.access, restic, "restbackup"), "forbidden");
});

function bodyOf(bytes: Uint8Array, lengthBytes: number | undefined): IncomingBytes {
  return {
    lengthBytes,
    async *[Symbol.asyncIterator]() {
      for (let start = 0; start < bytes.length; start += 1000) yield bytes.subarray(start, start + 1000);
    },
  };
}

function breakingOff(bytes: Uint8Array): IncomingBytes {
  return {
    lengthBytes: 2 * bytes.length,
    async *[Symbol.asyncIterator]() {
      yield bytes;
      throw new HubError("incomplete", "cable pulled");
    },
  };
}

async function textAt(storage: MemoryStorage, path: string): Promise<string> {
  await using file = await storage.open(filePath(...path.split("/")), {}, SIGNAL);
  return Buffer.concat(await Array.fromAsync(file.body, (chunk) => Buffer.from(chunk))).toString();
}

async function refuses(promise: Promise<unknown>, code: HubErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof HubError && error.code === code);
}
