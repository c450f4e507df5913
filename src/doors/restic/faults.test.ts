import assert from "node:assert/strict";
import { test } from "node:test";
import { filePath } from "#storage/file-path.ts";
import type { FaultPlan, MemoryCall } from "#storage/memory/memory-fault.ts";
import { systemError } from "#storage/memory/memory-fault.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { httpRequest, randomObject } from "../../../test/support/http-request.ts";
import { LISTING_V2 } from "./wire.ts";

const QUIET = { "log.level": "error" };

/** Every call of one kind fails with a system error. A close that fails has closed all the same, as on every Unix. */
function failing(call: MemoryCall, code: string): FaultPlan {
  const kind = call === "close" ? "fail-after" : "fail-before";
  return (step) => (step.call === call ? { kind, error: systemError(code) } : undefined);
}

/** Every file of the storage, the hub's own included, with what `sweep` would find. */
async function filesIn(storage: MemoryStorage): Promise<string[]> {
  const signal = new AbortController().signal;
  const files = [];
  for await (const item of storage.list(filePath("restic"), signal)) files.push(item.path);
  const swept = await storage.sweep(filePath("restic"), { oursBeforeMs: Number.MAX_SAFE_INTEGER, foreignBeforeMs: 0 }, signal);
  return swept === 0 ? files : [...files, `${swept} leftovers`];
}

async function withRepository(storage: MemoryStorage): Promise<DoorHub> {
  const door = await startDoorHub({ storage, flags: QUIET });
  await door.send("POST", "/laptop/config", { body: "config" });
  return door;
}

for (const call of ["createFile", "makeFolder", "write", "syncFile", "close", "link", "syncFolder"] as const) {
  test(`1.2 POST: a full disk in ${call} is 507, leaves nothing, and is over when there is room again`, async () => {
    const storage = new MemoryStorage();
    await using door = await withRepository(storage);
    for (const code of ["ENOSPC", "EDQUOT"]) {
      const { id, bytes } = randomObject(3_000_000);
      storage.inject(failing(call, code));
      const reply = await door.send("POST", `/laptop/data/${id}`, { body: bytes });
      assert.deepEqual([reply.status, reply.reason], [507, "The backup server's disk is full"], code);
      storage.inject(undefined);
      assert.deepEqual(await filesIn(storage), ["restic/laptop/config"]);
      assert.equal(storage.openFiles, 0);
      assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
      assert.equal((await door.send("DELETE", `/laptop/data/${id}`)).status, 200);
    }
  });

  test(`1.5 #6: any other failure of ${call} is a failed upload, 500, and leaves nothing`, async () => {
    const storage = new MemoryStorage();
    await using door = await withRepository(storage);
    const { id, bytes } = randomObject(3_000_000);
    storage.inject(failing(call, "EIO"));
    assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 500);
    storage.inject(undefined);
    assert.deepEqual(await filesIn(storage), ["restic/laptop/config"]);
    assert.equal(storage.openFiles, 0);
  });
}

test("1.5 #6: a file system without fsync still takes uploads", async () => {
  const storage = new MemoryStorage();
  await using door = await withRepository(storage);
  for (const [call, code] of [
    ["syncFile", "ENOTSUP"],
    ["syncFile", "EINVAL"],
    ["syncFolder", "EINVAL"],
    ["syncFolder", "ENOENT"],
  ] as const) {
    storage.inject(failing(call, code));
    const { id, bytes } = randomObject(100);
    assert.equal((await door.send("POST", `/laptop/keys/${id}`, { body: bytes })).status, 200, `${call} ${code}`);
  }
});

test("RS-6, 1.2 config: one that cannot be read is 500 and says why, for GET and HEAD; one that is not there is 404", async () => {
  const storage = new MemoryStorage();
  await using door = await withRepository(storage);
  storage.inject(failing("openToRead", "EACCES"));
  for (const method of ["GET", "HEAD"]) {
    const reply = await door.send(method, "/laptop/config");
    assert.equal(reply.status, 500, method);
    assert.match(reply.reason, /permission denied/);
  }
  storage.inject(undefined);
  assert.equal((await door.send("GET", "/laptop/sub/config")).status, 404);
});

test("rclone: an object that cannot be looked up is 500, one that is not there 404", async () => {
  const storage = new MemoryStorage();
  await using door = await withRepository(storage);
  const target = `/laptop/data/${"0".repeat(64)}`;
  assert.equal((await door.send("GET", target)).status, 404);
  assert.equal((await door.send("HEAD", target)).status, 404);
  storage.inject((step) => (step.path.includes("/data/") ? { kind: "fail-before", error: systemError("EIO") } : undefined));
  assert.equal((await door.send("GET", target)).status, 500);
  assert.equal((await door.send("HEAD", target)).status, 500);
});

test("1.3, rclone: a folder that cannot be read fails the whole listing with 500", async () => {
  const storage = new MemoryStorage();
  await using door = await withRepository(storage);
  for (let count = 0; count < 20; count += 1) {
    const { id, bytes } = randomObject(10);
    await door.send("POST", `/laptop/data/${id}`, { body: bytes });
  }
  for (const call of ["readFolder", "stat"] as const) {
    let calls = 0;
    storage.inject((step) => {
      if (step.call !== call || !/\/data\/../.test(step.path)) return undefined;
      calls += 1;
      return calls === 9 ? { kind: "fail-before", error: systemError("EIO") } : undefined;
    });
    const reply = await door.send("GET", "/laptop/data/", { headers: { accept: LISTING_V2 } });
    assert.equal(reply.status, 500, call);
    assert.ok(calls >= 9, `${call} was called ${calls} times`);
  }
});

test("1.3: an error in a listing that is already being sent breaks the connection", async () => {
  const storage = new MemoryStorage();
  await using door = await startDoorHub({ storage, flags: { ...QUIET, "limits.listingHeldBytes": "1" } });
  const signal = new AbortController().signal;
  for (const prefix of ["0", "f"]) {
    for (let index = 0; index < 1200; index += 1) {
      const id = prefix + index.toString(16).padStart(63, "0");
      const path = filePath("restic", "laptop", "data", id.slice(0, 2), id);
      await using upload = await storage.begin(path, { temps: filePath("restic", "laptop", ".hub-tmp"), publish: "absent" }, signal);
      await upload.commit();
    }
  }
  const whole = await door.send("GET", "/laptop/data/");
  assert.equal((JSON.parse(whole.body.toString()) as string[]).length, 2400);
  for (const encoding of ["identity", "gzip"]) {
    let calls = 0;
    storage.inject((step) => {
      if (step.call === "stat" && /\/data\/..\//.test(step.path)) calls += 1;
      return calls === 2000 && step.call === "stat" ? { kind: "fail-before", error: systemError("EIO") } : undefined;
    });
    await assert.rejects(
      door.send("GET", "/laptop/data/", { headers: { "accept-encoding": encoding } }),
      /aborted|socket hang up|ECONNRESET/,
    );
  }
});

test("1.4: an object that ends early, or cannot be read on, breaks the connection instead of ending like a whole one", async () => {
  const storage = new MemoryStorage();
  await using door = await withRepository(storage);
  const { id, bytes } = randomObject(2_000_000);
  await door.send("POST", `/laptop/data/${id}`, { body: bytes });
  // A short read of what is left moves half of it, and at last nothing: the file has become shorter.
  for (const fault of [{ kind: "fail-before", error: systemError("EIO") }, { kind: "short" }] as const) {
    let reads = 0;
    storage.inject((step) => {
      if (step.call !== "read") return undefined;
      reads += 1;
      return reads < 3 ? undefined : fault;
    });
    await assert.rejects(door.send("GET", `/laptop/data/${id}`), /aborted|socket hang up|ECONNRESET/);
    assert.equal(storage.openFiles, 0);
  }
});

test("a download from a disk that hangs ends with the client, and leaves nothing open", async () => {
  const storage = new MemoryStorage();
  await using door = await withRepository(storage);
  const { id, bytes } = randomObject(1_000_000);
  await door.send("POST", `/laptop/data/${id}`, { body: bytes });
  const disk = new AbortController();
  storage.inject((step) => (step.call === "read" ? { kind: "hang", signal: disk.signal } : undefined));
  const gone = new AbortController();
  const reply = fetch(`${door.url}/laptop/data/${id}`, {
    signal: gone.signal,
    headers: { authorization: `Basic ${Buffer.from(`${door.credentials.login}:${door.credentials.secret}`).toString("base64")}` },
  });
  setTimeout(() => gone.abort(), 100);
  await assert.rejects(async () => (await reply).arrayBuffer(), { name: "AbortError" });
  disk.abort(new Error("the disk gave up"));
  while (storage.openFiles > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test("an unwritable disk is not ready, tells a stranger no more than that, and is ready again", async () => {
  const storage = new MemoryStorage();
  await using door = await withRepository(storage);
  const main = door.hub.addresses["main"] ?? "";
  storage.inject(failing("createFile", "EROFS"));
  const reply = await httpRequest(main, "GET", "/readyz");
  assert.deepEqual([reply.status, reply.body.toString()], [503, "The storage cannot be written\n"]);
  assert.equal((await httpRequest(main, "GET", "/healthz")).status, 204);
  storage.inject(undefined);
  // The answer is kept for some seconds, so that asking costs the disk nothing.
  assert.equal((await httpRequest(main, "GET", "/readyz")).status, 503);
  const deadline = performance.now() + 15_000;
  while ((await httpRequest(main, "GET", "/readyz")).status !== 204) {
    assert.ok(performance.now() < deadline, "still not ready");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
});

test("a probe on a disk that hangs does not hang the answer, and no second one is begun behind it", async () => {
  const storage = new MemoryStorage();
  await using door = await withRepository(storage);
  const main = door.hub.addresses["main"] ?? "";
  const disk = new AbortController();
  let probes = 0;
  storage.inject((step) => {
    if (step.call !== "createFile") return undefined;
    probes += 1;
    return { kind: "hang", signal: disk.signal };
  });
  for (let count = 0; count < 2; count += 1) {
    const reply = await httpRequest(main, "GET", "/readyz");
    assert.deepEqual([reply.status, reply.body.toString()], [503, "The storage does not answer\n"]);
    await new Promise((resolve) => setTimeout(resolve, 200)); // the answer of before counts no longer
  }
  assert.equal(probes, 1);
  storage.inject(undefined);
  disk.abort(systemError("EIO"));
  const deadline = performance.now() + 15_000;
  while ((await httpRequest(main, "GET", "/readyz")).status !== 204) {
    assert.ok(performance.now() < deadline, "still not ready");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
});

test("1.5: an upload of what is stored already is refused when that cannot be made durable, and writes it anew when it is sent again", async () => {
  const storage = new MemoryStorage();
  await using door = await withRepository(storage);
  const { id, bytes } = randomObject(1000);
  for (const [target, body] of [
    [`/laptop/data/${id}`, bytes],
    ["/laptop/config", Buffer.from("config")],
  ] as const) {
    assert.equal((await door.send("POST", target, { body })).status, 200);
    storage.inject(failing("syncFile", "EIO"));
    assert.deepEqual((await door.send("POST", target, { body })).status, 500, target);
    let written = 0;
    storage.inject((step) => {
      if (step.call === "rename" && step.path.endsWith(target.slice(-6))) written += 1;
      return undefined;
    });
    assert.equal((await door.send("POST", target, { body })).status, 200, target);
    assert.equal(written, 1, `${target}: a later sync was believed`);
    assert.equal((await door.send("POST", target, { body })).status, 200, target);
    assert.equal(written, 1, `${target}: sound bytes were written again`);
    storage.inject(undefined);
    assert.deepEqual((await door.send("GET", target)).body, body);
  }
});
