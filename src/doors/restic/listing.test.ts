import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { OBJECT_TYPES } from "#model/repository.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { basic, randomObject } from "../../../test/support/http-request.ts";
import { LISTING_V1, LISTING_V2 } from "./wire.ts";

const v2 = { accept: LISTING_V2 };

async function putOne(door: DoorHub, type: string, sizeBytes = 10): Promise<string> {
  const { id, bytes } = randomObject(sizeBytes);
  await door.send("POST", `/laptop/${type}/${id}`, { body: bytes });
  return id;
}

test("0#2, RB-9: version 2 has names and sizes and exactly its content type; anything else gets version 1", async () => {
  await using door = await startDoorHub();
  const id = await putOne(door, "keys", 77);
  for (const accept of [LISTING_V2, `${LISTING_V2}, */*`, `text/html, ${LISTING_V2};q=0.5`]) {
    const reply = await door.send("GET", "/laptop/keys/", { headers: { accept } });
    assert.deepEqual([reply.status, reply.headers["content-type"]], [200, LISTING_V2], accept);
    assert.deepEqual(JSON.parse(reply.body.toString()), [{ name: id, size: 77 }]);
  }
  for (const headers of [{}, { accept: "*/*" }, { accept: LISTING_V1 }, { accept: `${LISTING_V2};q=0` }]) {
    const reply = await door.send("GET", "/laptop/keys/", { headers });
    assert.equal(reply.headers["content-type"], LISTING_V1);
    assert.deepEqual(JSON.parse(reply.body.toString()), [id]);
  }
});

test("RS-7, 1.3: an empty listing is [] in both versions", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/?create=true");
  for (const type of OBJECT_TYPES) {
    for (const headers of [{}, v2]) assert.equal((await door.send("GET", `/laptop/${type}/`, { headers })).body.toString(), "[]", type);
  }
});

test("0#6, 1.2 listing: a missing folder of a repository that is there is 200 []; a missing repository is 404", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/?create=true");
  for (const type of OBJECT_TYPES) rmSync(join(door.tree, "laptop", type), { recursive: true });
  await door.send("POST", "/laptop/config", { body: "x" });
  for (const type of OBJECT_TYPES) {
    const reply = await door.send("GET", `/laptop/${type}/`, { headers: v2 });
    assert.deepEqual([reply.status, reply.body.toString()], [200, "[]"], type);
    assert.equal((await door.send("GET", `/other/${type}/`, { headers: v2 })).status, 404);
  }
});

test("a folder that only holds other repositories is none itself", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/family/laptop/?create=true");
  assert.equal((await door.send("GET", "/family/data/", { headers: v2 })).status, 404);
});

test("RS-8, 1.3: foreign names, links, folders and packs in a wrong folder are left out", async () => {
  await using door = await startDoorHub();
  const id = await putOne(door, "data");
  const key = await putOne(door, "keys");
  const data = join(door.tree, "laptop", "data");
  const other = "ab".repeat(32);
  writeFileSync(join(data, "stray"), "x");
  writeFileSync(join(data, other), "x");
  mkdirSync(join(data, "cd"), { recursive: true });
  writeFileSync(join(data, "cd", other), "x");
  writeFileSync(join(data, id.slice(0, 2), `${id}.rest-server-temp123`), "x");
  mkdirSync(join(data, "ab"), { recursive: true });
  mkdirSync(join(data, "ab", other));
  symlinkSync(join(data, "stray"), join(door.tree, "laptop", "keys", other));
  writeFileSync(join(door.tree, "laptop", "keys", `${key}-tmp-5`), "x");
  for (const headers of [{}, v2]) {
    const names = (target: string) => door.send("GET", target, { headers }).then((reply) => reply.body.toString());
    assert.equal((await names("/laptop/data/")).includes(other), false);
    assert.match(await names("/laptop/data/"), new RegExp(`^\\[[^,]*"${id}"[^\\]]*\\]$`));
    assert.match(await names("/laptop/keys/"), new RegExp(`^\\[[^\\]]*"${key}"(,"size":10\\})?\\]$`));
  }
});

test("1.2 listing: HEAD is 200 with the headers, and other methods are 405", async () => {
  await using door = await startDoorHub();
  await putOne(door, "keys");
  const head = await door.send("HEAD", "/laptop/keys/", { headers: v2 });
  assert.deepEqual([head.status, head.headers["content-type"], head.body.length], [200, LISTING_V2, 0]);
  for (const method of ["POST", "DELETE", "PUT"]) {
    const reply = await door.send(method, "/laptop/keys/");
    assert.deepEqual([reply.status, reply.headers["allow"]], [405, "GET, HEAD"], method);
  }
});

test("1.3: a listing over 64 KiB is compressed for those who ask, and a small one never", async () => {
  await using door = await startDoorHub();
  await putOne(door, "snapshots");
  const folder = join(door.tree, "laptop", "index");
  mkdirSync(folder, { recursive: true });
  const ids = Array.from({ length: 1500 }, (_, index) => index.toString(16).padStart(64, "0"));
  for (const id of ids) writeFileSync(join(folder, id), "x");

  const headers = { ...v2, "accept-encoding": "gzip" };
  const small = await door.send("GET", "/laptop/snapshots/", { headers });
  assert.equal(small.headers["content-encoding"], undefined);
  const large = await door.send("GET", "/laptop/index/", { headers });
  assert.equal(large.headers["content-encoding"], "gzip");
  assert.equal(large.headers["content-type"], LISTING_V2);
  const plain = await door.send("GET", "/laptop/index/", { headers: v2 });
  assert.equal(plain.headers["content-encoding"], undefined);
  for (const body of [gunzipSync(large.body), plain.body]) {
    const names = (JSON.parse(body.toString()) as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names.sort(), ids);
  }
});

test("1.3: a listing too large to hold back is streamed whole, plain and compressed", async () => {
  await using door = await startDoorHub({ flags: { "limits.listingHeldBytes": "1000" } });
  const folder = join(door.tree, "laptop", "index");
  mkdirSync(folder, { recursive: true });
  const ids = Array.from({ length: 3000 }, (_, index) => index.toString(16).padStart(64, "0"));
  for (const id of ids) writeFileSync(join(folder, id), "x");
  for (const encoding of ["gzip", "identity"]) {
    const reply = await door.send("GET", "/laptop/index/", { headers: { "accept-encoding": encoding } });
    assert.equal(reply.headers["content-encoding"], encoding === "gzip" ? "gzip" : undefined);
    const body = encoding === "gzip" ? gunzipSync(reply.body) : reply.body;
    assert.deepEqual((JSON.parse(body.toString()) as string[]).sort(), ids);
  }
});

test("1.2 listing: HEAD tells the length that GET has", async () => {
  await using door = await startDoorHub();
  for (const sizeBytes of [1, 10, 12_345]) await putOne(door, "data", sizeBytes);
  for (const headers of [{}, v2]) {
    const length = (method: string) => door.send(method, "/laptop/data/", { headers }).then((reply) => reply.headers["content-length"]);
    assert.ok(Number(await length("GET")) > 200);
    assert.equal(await length("HEAD"), await length("GET"));
  }
});

test("1.3: a folder of packs that cannot be read makes the whole listing a 500, also when it was listed before", async () => {
  await using door = await startDoorHub();
  const id = await putOne(door, "data");
  const list = () => door.send("GET", "/laptop/data/", { headers: v2 });
  assert.deepEqual(JSON.parse((await list()).body.toString()), [{ name: id, size: 10 }]);
  const folder = join(door.tree, "laptop", "data", id.slice(0, 2));
  rmSync(folder, { recursive: true });
  symlinkSync("/nowhere/at/all", folder); // a disk that is not mounted
  assert.equal((await list()).status, 500);
  rmSync(folder);
  assert.equal((await list()).body.toString(), "[]");
  rmSync(join(door.tree, "laptop", "data"), { recursive: true });
  writeFileSync(join(door.tree, "laptop", "data"), "no folder");
  assert.equal((await list()).status, 500);
});

test("1.3: what is foreign in data/ itself, whatever it is, makes no listing fail", async () => {
  await using door = await startDoorHub();
  const id = await putOne(door, "data");
  symlinkSync("/nowhere/at/all", join(door.tree, "laptop", "data", "lost"));
  mkdirSync(join(door.tree, "laptop", "data", "lost+found", "deep"), { recursive: true });
  const reply = await door.send("GET", "/laptop/data/", { headers: v2 });
  assert.deepEqual([reply.status, JSON.parse(reply.body.toString())], [200, [{ name: id, size: 10 }]]);
});

test("listings that take too long to be held back give the room for it back", async () => {
  await using door = await startDoorHub({ flags: { "limits.listingHeldMs": "1", "limits.listingHeldBytes": "1000" } });
  for (const digits of ["00", "01", "02"]) {
    mkdirSync(join(door.tree, "laptop", "data", digits), { recursive: true });
    writeFileSync(join(door.tree, "laptop", "data", digits, digits.repeat(32)), "x");
  }
  const { storage, listings } = door.hub.core;
  const lookAtFolder = storage.lookAtFolder.bind(storage);
  storage.lookAtFolder = async (path, signal) => {
    if (/data\/0[0-2]$/.test(path)) await sleep(5); // a slow disk
    return await lookAtFolder(path, signal);
  };
  for (let round = 0; round < 5; round += 1) {
    const names = JSON.parse((await door.send("GET", "/laptop/data/")).body.toString()) as string[];
    assert.equal(names.length, 3);
  }
  assert.equal(listings.take(1000), true, "all the room there is");
});

test("0#15: an upload is in the next listing, and a removed object is not", async () => {
  await using door = await startDoorHub();
  for (let round = 0; round < 20; round += 1) {
    const id = await putOne(door, "locks");
    assert.equal((await door.send("GET", "/laptop/locks/")).body.toString(), `["${id}"]`);
    await door.send("DELETE", `/laptop/locks/${id}`);
    assert.equal((await door.send("GET", "/laptop/locks/")).body.toString(), "[]");
  }
});

test("RB-5: a listing that its reader gives up, early or late, leaves nothing open and harms nobody", async () => {
  await using door = await startDoorHub({ flags: { "limits.listingHeldBytes": "1000" } });
  const folder = join(door.tree, "laptop", "index");
  mkdirSync(folder, { recursive: true });
  for (let index = 0; index < 3000; index += 1) writeFileSync(join(folder, index.toString(16).padStart(64, "0")), "x");
  // Only those below the tree: the client's sockets are in this process too.
  const openFolders = () => readdirSync("/proc/self/fd").filter((fd) => targetOf(fd).startsWith(door.tree)).length;
  const headers = { authorization: basic(door.credentials), accept: LISTING_V2 };
  for (const readBytes of [0, 1, 100_000]) {
    for (let round = 0; round < 5; round += 1) {
      const giveUp = new AbortController();
      const reply = await fetch(`${door.url}/laptop/index/`, { headers, signal: giveUp.signal });
      let seen = 0;
      for await (const chunk of readBytes === 0 ? [] : (reply.body ?? [])) {
        seen += chunk.length;
        if (seen >= readBytes) break;
      }
      giveUp.abort();
    }
  }
  const soon = AbortSignal.timeout(10);
  await assert.rejects(fetch(`${door.url}/laptop/index/`, { headers, signal: soon }).then((reply) => reply.arrayBuffer()));
  const deadline = performance.now() + 10_000;
  while (openFolders() > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(openFolders(), 0);
  assert.equal((JSON.parse((await door.send("GET", "/laptop/index/")).body.toString()) as string[]).length, 3000);
});

/** Where a descriptor of this process leads; empty for one that is closed already. */
function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}
