import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Upload } from "../driver.ts";
import { type FilePath, filePath } from "../file-path.ts";
import type { MemoryDisk } from "../memory/memory-disk.ts";
import { systemError } from "../memory/memory-fault.ts";
import { seededRandom } from "../memory/seeded-random.ts";
import { DiskDriver } from "./disk-driver.ts";
import { PATH, SIGNAL, TEMPS } from "./faulty-storage.ts";
import { PiecePool } from "./piece-pool.ts";
import { WatchedDisk } from "./watched-disk.ts";

const PIECE_BYTES = 16;
const LIMITS = { writeChunkBytes: PIECE_BYTES, readChunkBytes: PIECE_BYTES };
const ONE = filePath("r", "data", "ab", "one");
const TWO = filePath("r", "data", "ab", "two");

function openWatched(writesAtOnce: boolean | (() => boolean)): { disk: WatchedDisk; driver: DiskDriver } {
  const disk = new WatchedDisk({ capacityBytes: 1e6, clock: Date.now, writesAtOnce });
  return { disk, driver: driverOn(disk) };
}

function driverOn(disk: MemoryDisk): DiskDriver {
  return new DiskDriver(disk, { limits: LIMITS, warn: () => undefined });
}

async function begin(driver: DiskDriver, path: FilePath = PATH, sha256?: string): Promise<Upload> {
  return await driver.begin(path, { temps: TEMPS, publish: "absent", sizeBytes: undefined, sha256 }, SIGNAL);
}

async function readAll(driver: DiskDriver, path: FilePath = PATH): Promise<Buffer> {
  await using file = await driver.open(path, {}, SIGNAL);
  return Buffer.concat(await Array.fromAsync(file.body, (chunk) => Buffer.from(chunk)));
}

/** Time enough for everything that is not held up. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await turn();
}

function randomBytes(random: () => number, lengthBytes: number): Buffer {
  return Buffer.from(Array.from({ length: lengthBytes }, () => Math.floor(random() * 256)));
}

test("big and small chunks to a disk that is now fast and now slow make the same bytes, front to back, with a hash and without", async () => {
  const seen = { atOnce: 0, gathered: 0 };
  for (let seed = 0; seed < 60; seed += 1) {
    const random = seededRandom(seed);
    const { disk, driver } = openWatched(() => random() < 0.6);
    const chunks = Array.from({ length: 12 }, () => randomBytes(random, random() < 0.5 ? PIECE_BYTES + 8 * Math.floor(random() * 4) : 8));
    const bytes = Buffer.concat(chunks);
    const sha256 = seed % 2 === 0 ? createHash("sha256").update(bytes).digest("hex") : undefined;
    await using upload = await begin(driver, PATH, sha256);
    for (const chunk of chunks) await upload.write(chunk);
    assert.deepEqual(await upload.commit(), { sizeBytes: bytes.length });
    let end = 0;
    for (const { position, lengthBytes, isBesideAnother } of disk.moved) {
      assert.deepEqual({ position, isBesideAnother }, { position: end, isBesideAnother: false }, `seed ${seed}`);
      end += lengthBytes;
      if (lengthBytes > PIECE_BYTES) seen.atOnce += 1;
      else seen.gathered += 1;
    }
    assert.ok((await readAll(driver)).equals(bytes), `seed ${seed}`);
  }
  assert.ok(seen.atOnce > 15 && seen.gathered > 60, JSON.stringify(seen));
});

test("a disk is asked before each chunk, and one that is not fast gets whole pieces", async () => {
  for (const [fast, lengths] of [
    [true, [24, 24]],
    [false, [16, 16, 16]],
  ] as const) {
    const { disk, driver } = openWatched(fast);
    await using upload = await begin(driver);
    for (let chunks = 0; chunks < 2; chunks += 1) await upload.write(Buffer.alloc(24, 1));
    await upload.commit();
    assert.deepEqual(
      disk.moved.map(({ lengthBytes }) => lengthBytes),
      lengths,
    );
  }
});

for (const fast of [true, false]) {
  test(`an upload of which a write has failed takes nothing more and is never published (${fast ? "at once" : "gathered"})`, async () => {
    const { disk, driver } = openWatched(fast);
    await using upload = await begin(driver);
    let writes = 0;
    disk.inject(({ call }) => {
      if (call !== "write") return undefined;
      writes += 1;
      return writes === 1 ? { kind: "fail-before", error: systemError("EIO") } : undefined;
    });
    const first = upload.write(Buffer.alloc(PIECE_BYTES, 1));
    if (fast) await assert.rejects(first, { code: "damaged" });
    else await first;
    await settle();
    await assert.rejects(upload.write(Buffer.alloc(PIECE_BYTES, 2)), { code: "damaged" });
    await assert.rejects(upload.commit(), { code: "damaged" });
    assert.equal(writes, 1);
    assert.equal((await driver.stat(PATH, SIGNAL)).kind, "absent");
  });
}

test("an upload that is given up closes its file only when no write is under way", async () => {
  const { disk, driver } = openWatched(false);
  const held = Promise.withResolvers<void>();
  const upload = await begin(driver);
  disk.hold = held.promise;
  for (let pieces = 0; pieces < 2; pieces += 1) await upload.write(Buffer.alloc(PIECE_BYTES));
  const disposed = upload[Symbol.asyncDispose]();
  await settle();
  assert.deepEqual(disk.ends, [], "closed under a write");
  held.resolve();
  await disposed;
  assert.deepEqual(disk.ends, ["write", "write", "close"]);
  assert.equal(disk.openFiles, 0);
});

test("a reader that is given up closes its file only when no read is under way", async () => {
  const { disk, driver } = openWatched(true);
  await using upload = await begin(driver);
  await upload.write(Buffer.alloc(3 * PIECE_BYTES));
  await upload.commit();
  const file = await driver.open(PATH, {}, SIGNAL);
  disk.ends.length = 0;
  const held = Promise.withResolvers<void>();
  disk.hold = held.promise;
  const chunk = file.body[Symbol.asyncIterator]().next();
  await settle();
  const disposed = file[Symbol.asyncDispose]();
  await settle();
  assert.deepEqual(disk.ends, [], "closed under a read");
  held.resolve();
  await Promise.all([disposed, chunk]);
  assert.deepEqual(disk.ends, ["read", "close"]);
});

test("an upload to a disk that stands still takes four pieces into memory at most", async () => {
  const { disk, driver } = openWatched(false);
  const held = Promise.withResolvers<void>();
  const upload = await begin(driver);
  disk.hold = held.promise;
  let taken = 0;
  const sending = (async () => {
    for (; taken < 12; taken += 1) await upload.write(Buffer.alloc(PIECE_BYTES));
  })();
  await settle();
  assert.ok(taken >= 2 && taken < 4, `${taken} pieces`); // and the one that is waited for
  held.resolve();
  await sending;
  await upload.commit();
  assert.equal(taken, 12);
  await upload[Symbol.asyncDispose]();
});

test("uploads one after another go through the same few pieces of memory", async () => {
  const { disk, driver } = openWatched(false);
  for (let index = 0; index < 20; index += 1) {
    await using upload = await begin(driver, filePath("r", "data", "ab", `${index}`));
    for (let pieces = 0; pieces < 4; pieces += 1) await upload.write(Buffer.alloc(PIECE_BYTES + 1));
    if (index % 2 === 0) await upload.commit(); // the others give up with a piece half full
  }
  assert.ok(new Set(disk.moved.map(({ memory }) => memory)).size <= 4);
});

test("two uploads at once over a disk that is slow get back their own bytes, after others were given up twice", async () => {
  const { disk, driver } = openWatched(false);
  for (let times = 0; times < 3; times += 1) {
    const given = await begin(driver);
    await given.write(Buffer.alloc(3 * PIECE_BYTES + 1));
    await given[Symbol.asyncDispose]();
    await given[Symbol.asyncDispose]();
  }
  const uploads = await Promise.all([begin(driver, ONE), begin(driver, TWO)]);
  for (let round = 0; round < 8; round += 1) {
    const held = Promise.withResolvers<void>();
    disk.hold = held.promise;
    const writes = uploads.map((upload, which) => upload.write(Buffer.alloc(11, 10 * round + which)));
    await settle();
    held.resolve();
    await Promise.all(writes);
  }
  await Promise.all(uploads.map((upload) => upload.commit()));
  for (const [which, path] of [ONE, TWO].entries()) {
    const expected = Buffer.concat(Array.from({ length: 8 }, (_, round) => Buffer.alloc(11, 10 * round + which)));
    assert.ok((await readAll(driver, path)).equals(expected), path);
  }
  for (const upload of uploads) await upload[Symbol.asyncDispose]();
});

test("no two that take a piece at once have the same", () => {
  const pool = new PiecePool(PIECE_BYTES);
  const pieces = Array.from({ length: 20 }, () => pool.take(undefined));
  for (const piece of pieces) pool.giveBack(piece);
  const again = Array.from({ length: 20 }, () => pool.take(undefined));
  assert.equal(new Set(again).size, 20);
  assert.equal(again.filter((piece) => pieces.includes(piece)).length, 8, "kept for the next, and no more");
});

test("a chunk of no bytes changes nothing", async () => {
  for (const fast of [true, false]) {
    const { driver } = openWatched(fast);
    await using upload = await begin(driver);
    for (const text of ["", "one", "", "two", ""]) await upload.write(Buffer.from(text));
    assert.deepEqual(await upload.commit(), { sizeBytes: 6 });
    assert.equal((await readAll(driver)).toString(), "onetwo");
  }
});
