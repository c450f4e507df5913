import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { HubError, type HubErrorCode } from "#model/hub-error.ts";
import type { BeginOptions, Driver, OpenOptions } from "./driver.ts";
import { type FilePath, filePath } from "./file-path.ts";
import { putFile } from "./put-file.ts";

/** A driver under test. */
export interface OpenedDriver extends AsyncDisposable {
  readonly driver: Driver;
  /** How many files it holds open; other things may be counted too, as long as their number does not change. */
  countOpenFiles(): number;
}

const PATH = filePath("repository", "data", "ab", "object");
const TEMPS = filePath("repository", ".hub-tmp");
const ABSENT: BeginOptions = { temps: TEMPS, publish: "absent" };
const BYTES = Buffer.from("abcdefghijklmnopqrstuvwxyz."); // the 27 bytes of spec/restic-rest.md section 1.4
const SIGNAL = new AbortController().signal;
const FUTURE = { oursBeforeMs: Date.now() + 1e9, foreignBeforeMs: Date.now() + 1e9 };

/** What `driver.ts` promises, as tests. Every driver runs them. */
export function driverContract(name: string, openDriver: () => Promise<OpenedDriver>): void {
  const contract = (sentence: string, run: (driver: Driver, opened: OpenedDriver) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => {
      await using opened = await openDriver();
      await run(opened.driver, opened);
    });

  contract("what was put is read back whole, with its size and times", async (driver) => {
    const beganAtMs = Date.now();
    const facts = await put(driver, PATH, BYTES);
    assert.deepEqual(await readAll(driver, PATH), BYTES);
    assert.equal(facts.sizeBytes, 27);
    assert.ok(Math.abs(facts.modifiedAtMs - beganAtMs) < 60_000);
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "file", ...facts });
  });

  contract("bytes of every size and in pieces of every size come back as they were", async (driver) => {
    for (const sizeBytes of [0, 1, 4096, 65_536, 262_144, 262_145, 1_048_576, 5_000_001]) {
      const bytes = patterned(sizeBytes);
      for (const pieceBytes of [1000, 65_536, 3_000_000]) {
        const path = filePath("sizes", `${sizeBytes}-${pieceBytes}`);
        await put(driver, path, bytes, { ...ABSENT, sha256: digest(bytes), sizeBytes }, pieceBytes);
        assert.ok(bytes.equals(await readAll(driver, path)), `${sizeBytes} bytes in pieces of ${pieceBytes}`);
      }
    }
  });

  contract("a piece may be used again once it was taken", async (driver) => {
    const piece = Buffer.alloc(70_000);
    await using upload = await driver.begin(PATH, ABSENT, SIGNAL);
    for (const value of [1, 2, 3]) await upload.write(piece.fill(value));
    piece.fill(9);
    await upload.commit();
    assert.deepEqual([...new Set(await readAll(driver, PATH))], [1, 2, 3]);
  });

  contract("a file whose upload breaks off is never seen, and nothing is left of it", async (driver) => {
    await assert.rejects(putFile(driver, PATH, breakingOff("cable pulled"), ABSENT, SIGNAL), /cable pulled/);
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "absent" });
    assert.deepEqual(await leftovers(driver), 0);
  });

  contract("a file is not seen before it is committed", async (driver) => {
    await using upload = await driver.begin(PATH, ABSENT, SIGNAL);
    await upload.write(patterned(3_000_000));
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "absent" });
    assert.deepEqual(await list(driver, filePath()), []);
    await assert.rejects(driver.open(PATH, {}, SIGNAL), code("not_found"));
  });

  contract("of two uploads to one path one wins, and the other leaves nothing", async (driver) => {
    const bodies = [patterned(2_000_000), patterned(1_999_999)];
    const results = await Promise.allSettled(bodies.map((bytes) => put(driver, PATH, bytes)));
    const lost = results.filter((result) => result.status === "rejected");
    assert.deepEqual(
      lost.map(({ reason }) => reason.code),
      ["already_exists"],
    );
    const winner = bodies[results.findIndex(({ status }) => status === "fulfilled")];
    assert.deepEqual(await readAll(driver, PATH), winner);
    assert.deepEqual(await leftovers(driver), 0);
  });

  contract("a file that is there is never overwritten by an upload to an absent place", async (driver) => {
    const first = await put(driver, PATH, BYTES);
    await assert.rejects(put(driver, PATH, Buffer.from("other")), code("already_exists"));
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "file", ...first });
    assert.deepEqual(await leftovers(driver), 0);
  });

  contract("a replacing upload replaces what is there, or takes the empty place", async (driver) => {
    const replace = { ...ABSENT, publish: "replace" } as const;
    const first = await put(driver, PATH, BYTES, replace);
    const second = await put(driver, PATH, Buffer.from("healed"), replace);
    assert.equal((await readAll(driver, PATH)).toString(), "healed");
    assert.notEqual(first.fingerprint, second.fingerprint);
    assert.deepEqual(await leftovers(driver), 0);
  });

  contract("bytes that do not have the promised SHA-256 are refused, and nothing is left of them", async (driver) => {
    await assert.rejects(put(driver, PATH, BYTES, { ...ABSENT, sha256: digest(Buffer.from("x")) }), code("hash_mismatch"));
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "absent" });
    assert.deepEqual(await leftovers(driver), 0);
  });

  contract("an upload of more bytes than there is room for is refused before anything is made", async (driver) => {
    const { freeBytes, totalBytes } = await driver.space(SIGNAL);
    assert.ok(freeBytes <= totalBytes);
    const tooMuch = { ...ABSENT, sizeBytes: freeBytes * 2 + 1e9 };
    await assert.rejects(driver.begin(PATH, tooMuch, SIGNAL), code("storage_full"));
    assert.deepEqual(await driver.stat(filePath("repository"), SIGNAL), { kind: "absent" });
  });

  for (const [range, start, end] of [
    [undefined, 0, 27],
    [{ first: 0, last: undefined }, 0, 27],
    [{ first: 5, last: undefined }, 5, 27],
    [{ first: 0, last: 0 }, 0, 1],
    [{ first: 26, last: undefined }, 26, 27],
    [{ first: 3, last: 9 }, 3, 10],
    [{ first: 0, last: 9999 }, 0, 27],
    [{ suffix: 5 }, 22, 27],
    [{ suffix: 9999 }, 0, 27],
  ] as const) {
    contract(`of 27 bytes the range ${JSON.stringify(range)} is [${start}, ${end})`, async (driver) => {
      await put(driver, PATH, BYTES);
      await using file = await driver.open(PATH, { range }, SIGNAL);
      assert.deepEqual([file.start, file.end, file.facts.sizeBytes], [start, end, 27]);
      assert.deepEqual(await collect(file.body), BYTES.subarray(start, end));
    });
  }

  for (const range of [{ first: 27, last: undefined }, { first: 127, last: 226 }, { first: 5, last: 2 }, { suffix: 0 }] as const) {
    contract(
      `of 27 bytes the range ${JSON.stringify(range)} does not exist, and the refusal says how large the file is`,
      async (driver) => {
        await put(driver, PATH, BYTES);
        await assert.rejects(driver.open(PATH, { range }, SIGNAL), { code: "range_unsatisfiable", sizeBytes: 27 });
      },
    );
  }

  contract("any range of an empty file is the whole of it", async (driver) => {
    await put(driver, PATH, Buffer.alloc(0));
    for (const range of [{ first: 0, last: undefined }, { first: 5, last: 9 }, { suffix: 3 }]) {
      assert.equal((await readAll(driver, PATH, { range })).length, 0);
    }
  });

  contract("a range in the middle of a large file is read exactly", async (driver) => {
    const bytes = patterned(3_000_000);
    await put(driver, PATH, bytes);
    for (const [first, last] of [[1_000_001, 2_500_000] as const, [2_999_990, 2_999_999] as const]) {
      assert.ok(bytes.subarray(first, last + 1).equals(await readAll(driver, PATH, { range: { first, last } })));
    }
  });

  contract("a file can be opened only while it still is the expected one", async (driver) => {
    const { fingerprint } = await put(driver, PATH, BYTES);
    assert.deepEqual(await readAll(driver, PATH, { expect: fingerprint }), BYTES);
    await put(driver, PATH, Buffer.from("healed"), { ...ABSENT, publish: "replace" });
    await assert.rejects(driver.open(PATH, { expect: fingerprint }, SIGNAL), code("changed"));
  });

  contract("what is absent, a folder, or below a file is not found", async (driver) => {
    await put(driver, PATH, BYTES);
    for (const path of [filePath("nothing"), filePath("repository", "data"), filePath("repository", "data", "ab", "object", "below")]) {
      await assert.rejects(driver.open(path, {}, SIGNAL), code("not_found"), path);
    }
    assert.deepEqual(await driver.stat(filePath("repository", "data", "ab", "object", "below"), SIGNAL), { kind: "absent" });
    assert.deepEqual(await driver.stat(filePath("repository", "data"), SIGNAL), { kind: "folder" });
  });

  contract("a reader who stops early, or never begins, holds no file open", async (driver, opened) => {
    await put(driver, PATH, patterned(3_000_000));
    const before = opened.countOpenFiles();
    for (const chunks of [0, 1, 2]) {
      await using file = await driver.open(PATH, {}, SIGNAL);
      assert.equal(opened.countOpenFiles(), before + 1);
      const body = file.body[Symbol.asyncIterator]();
      for (let read = 0; read < chunks; read += 1) await body.next();
      await file[Symbol.asyncDispose]();
      assert.equal(opened.countOpenFiles(), before);
    }
  });

  contract("a file can be disposed while a read is under way", async (driver, opened) => {
    await put(driver, PATH, patterned(3_000_000));
    const before = opened.countOpenFiles();
    const file = await driver.open(PATH, {}, SIGNAL);
    const reading = file.body[Symbol.asyncIterator]().next();
    await file[Symbol.asyncDispose]();
    await reading;
    assert.equal(opened.countOpenFiles(), before);
  });

  contract("a listing has every file below its folder, and none of the hub's own names", async (driver) => {
    const shown = ["r/config", "r/data/ab/1", "r/data/ab/2", "r/data/cd/3", "r/.hidden", "r/.hubble/x"];
    for (const path of [...shown, "r/.hub-tmp/t", "r/.HUB-Meta/m", "r/data/.hub-x", "other/file"]) {
      await put(driver, filePath(...path.split("/")), Buffer.from(path));
    }
    await driver.makeFolder(filePath("r", "empty"), SIGNAL);
    const items = await list(driver, filePath("r"));
    assert.deepEqual(items.map(({ path }) => path).sort(), [...shown].sort());
    for (const { path, kind, ...facts } of items) assert.deepEqual({ kind, ...facts }, await driver.stat(path, SIGNAL));
    assert.equal((await list(driver, filePath())).length, shown.length + 1);
  });

  contract("a listing of a folder with many names misses none", async (driver) => {
    const names = Array.from({ length: 1200 }, (_, index) => `f${index}`);
    for (const name of names) await put(driver, filePath("many", name), Buffer.from(name));
    assert.deepEqual((await list(driver, filePath("many"))).map(({ path }) => path).sort(), names.map((name) => `many/${name}`).sort());
  });

  contract("an absent folder, or a file in its place, has no files", async (driver) => {
    await put(driver, PATH, BYTES);
    assert.deepEqual(await list(driver, filePath("nothing", "here")), []);
    assert.deepEqual(await list(driver, PATH), []);
  });

  contract("a listing that is left early holds nothing open", async (driver, opened) => {
    for (const name of ["a", "b", "c"]) await put(driver, filePath("f", "g", name), BYTES);
    const before = opened.countOpenFiles();
    for await (const _ of driver.list(filePath(), SIGNAL)) break;
    assert.equal(opened.countOpenFiles(), before);
  });

  contract("a folder is made with those above it, and again is fine", async (driver) => {
    const folder = filePath("a", "b", "c");
    await Promise.all([driver.makeFolder(folder, SIGNAL), driver.makeFolder(filePath("a", "b", "d"), SIGNAL)]);
    await driver.makeFolder(folder, SIGNAL);
    for (const path of [folder, filePath("a", "b", "d")]) assert.deepEqual(await driver.stat(path, SIGNAL), { kind: "folder" });
    await put(driver, PATH, BYTES);
    await assert.rejects(driver.makeFolder(PATH, SIGNAL), { code: "EEXIST" });
  });

  contract("a file is erased once; a folder and nothing are no files", async (driver) => {
    await put(driver, PATH, BYTES);
    assert.equal(await driver.erase(filePath("repository"), SIGNAL), false);
    assert.equal(await driver.erase(PATH, SIGNAL), true);
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "absent" });
    assert.equal(await driver.erase(PATH, SIGNAL), false);
    assert.equal(await driver.erase(filePath("no", "such"), SIGNAL), false);
  });

  contract("a sweep takes what broken uploads left, and no upload that goes on", async (driver) => {
    await using upload = await driver.begin(PATH, ABSENT, SIGNAL);
    await upload.write(BYTES);
    const anHourAgoMs = Date.now() - 3_600_000;
    assert.equal(await driver.sweep(filePath(), { oursBeforeMs: anHourAgoMs, foreignBeforeMs: anHourAgoMs }, SIGNAL), 0);
    await upload.commit();

    await using abandoned = await driver.begin(filePath("repository", "keys", "k"), ABSENT, SIGNAL);
    await abandoned.write(BYTES);
    assert.equal(await driver.sweep(filePath("elsewhere"), FUTURE, SIGNAL), 0);
    assert.equal(await driver.sweep(filePath("repository"), FUTURE, SIGNAL), 1);
    assert.deepEqual(await readAll(driver, PATH), BYTES);
  });

  contract(
    "a sweep takes leftovers of rest-server and of restic's local backend by an age of their own, and nothing like them",
    async (driver) => {
      const id = "0123456789abcdef".repeat(4);
      const foreign = [`${id}.rest-server-temp123`, `${id}-tmp-456`];
      const kept = [id, `${id}.rest-server-temp`, `${id}.rest-server-tempx`, `${id.slice(1)}-tmp-1`, `${id}-temp-1`, "notes-tmp-1"];
      for (const name of [...foreign, ...kept]) await put(driver, filePath("r", "data", "01", name), BYTES);
      assert.equal(await driver.sweep(filePath("r"), { ...FUTURE, foreignBeforeMs: 0 }, SIGNAL), 0);
      assert.equal(await driver.sweep(filePath("r"), { ...FUTURE, oursBeforeMs: 0 }, SIGNAL), 2);
      assert.deepEqual((await list(driver, filePath("r"))).map(({ path }) => path.split("/").at(-1)).sort(), [...kept].sort());
    },
  );

  contract("whatever is asked with an aborted signal is refused, and makes nothing", async (driver) => {
    await put(driver, PATH, BYTES);
    const gone = AbortSignal.abort(new Error("gone"));
    await assert.rejects(driver.begin(filePath("new", "file"), ABSENT, gone), /gone/);
    await assert.rejects(driver.open(PATH, {}, gone), /gone/);
    await assert.rejects(driver.stat(PATH, gone), /gone/);
    await assert.rejects(driver.makeFolder(filePath("new"), gone), /gone/);
    await assert.rejects(driver.erase(PATH, gone), /gone/);
    await assert.rejects(async () => {
      for await (const _ of driver.list(filePath(), gone)) assert.fail("something was listed");
    }, /gone/);
    assert.deepEqual(await driver.stat(filePath("new"), SIGNAL), { kind: "absent" });
    assert.deepEqual(await readAll(driver, PATH), BYTES);
  });

  for (const stage of ["begun", "half written", "all written"] as const) {
    contract(`an upload that is aborted when ${stage} leaves nothing`, async (driver, opened) => {
      const before = opened.countOpenFiles();
      const client = new AbortController();
      const bytes = patterned(3_000_000);
      const run = async () => {
        await using upload = await driver.begin(PATH, ABSENT, client.signal);
        if (stage !== "begun") await upload.write(bytes.subarray(0, 1_500_000));
        if (stage === "all written") await upload.write(bytes.subarray(1_500_000));
        client.abort(new Error("the client went away"));
        if (stage === "begun") await upload.write(bytes);
        await upload.commit();
      };
      await assert.rejects(run(), /the client went away/);
      assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "absent" });
      assert.deepEqual(await leftovers(driver), 0);
      assert.equal(opened.countOpenFiles(), before);
    });
  }

  contract("an upload that is aborted during its commit is there whole or not at all, and leaves nothing else", async (driver) => {
    for (let turns = 0; turns < 6; turns += 1) {
      const path = filePath("aborted", `${turns}`);
      const client = new AbortController();
      const run = async () => {
        await using upload = await driver.begin(path, ABSENT, client.signal);
        await upload.write(BYTES);
        const committed = upload.commit();
        for (let turn = 0; turn < turns; turn += 1) await setImmediate();
        client.abort(new Error("gone"));
        await committed;
      };
      const isThere = await run().then(
        () => true,
        () => false,
      );
      assert.equal((await driver.stat(path, SIGNAL)).kind, isThere ? "file" : "absent");
      assert.deepEqual(await leftovers(driver), 0);
    }
  });

  contract("a reading that is aborted ends, and holds no file open", async (driver, opened) => {
    await put(driver, PATH, patterned(3_000_000));
    const before = opened.countOpenFiles();
    const client = new AbortController();
    await assert.rejects(async () => {
      await using file = await driver.open(PATH, {}, client.signal);
      for await (const _ of file.body) client.abort(new Error("gone"));
    }, /gone/);
    assert.equal(opened.countOpenFiles(), before);
  });

  contract("its health is that it can be written, and the check leaves nothing", async (driver) => {
    const health = await driver.check(SIGNAL);
    assert.deepEqual([health.writable, health.problem], [true, undefined]);
    assert.ok(health.freeBytes > 0 && health.totalBytes >= health.freeBytes);
    assert.deepEqual(await leftovers(driver), 0);
    assert.deepEqual(await list(driver, filePath()), []);
  });
}

async function put(driver: Driver, path: FilePath, bytes: Uint8Array, options = ABSENT, pieceBytes = 65_536) {
  return await putFile(driver, path, inPieces(bytes, pieceBytes), options, SIGNAL);
}

async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
}

async function* breakingOff(message: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield patterned(2_000_000);
  throw new Error(message);
}

async function readAll(driver: Driver, path: FilePath, options: OpenOptions = {}): Promise<Buffer> {
  await using file = await driver.open(path, options, SIGNAL);
  return await collect(file.body);
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

async function list(driver: Driver, folder: FilePath) {
  const items = [];
  for await (const item of driver.list(folder, SIGNAL)) {
    if (item.kind === "gap") throw item.cause;
    items.push(item);
  }
  return items;
}

/** How many temporary files there are: a sweep takes them all, whatever their age. */
async function leftovers(driver: Driver): Promise<number> {
  return await driver.sweep(filePath(), FUTURE, SIGNAL);
}

function patterned(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let index = 0; index < sizeBytes; index += 1) bytes[index] = (index * 31 + (index >> 8)) & 0xff;
  return bytes;
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function code(expected: HubErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof HubError && error.code === expected;
}
