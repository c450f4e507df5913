import assert from "node:assert/strict";
import { filePath } from "../file-path.ts";
import { ABSENT, BYTES, type ContractTest, code, collect, PATH, patterned, put, readAll, SIGNAL } from "./contract-test.ts";

/** What reading promises. */
export function readingContract(test: ContractTest): void {
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
    test(`of 27 bytes the range ${JSON.stringify(range)} is [${start}, ${end})`, async (driver) => {
      await put(driver, PATH, BYTES);
      await using file = await driver.open(PATH, { range }, SIGNAL);
      assert.deepEqual([file.start, file.end, file.facts.sizeBytes], [start, end, 27]);
      assert.deepEqual(await collect(file.body), BYTES.subarray(start, end));
    });
  }

  for (const range of [{ first: 27, last: undefined }, { first: 127, last: 226 }, { first: 5, last: 2 }, { suffix: 0 }] as const) {
    test(`of 27 bytes the range ${JSON.stringify(range)} does not exist, and the refusal says how large the file is`, async (driver) => {
      await put(driver, PATH, BYTES);
      await assert.rejects(driver.open(PATH, { range }, SIGNAL), { code: "range_unsatisfiable", sizeBytes: 27 });
    });
  }

  test("any range of an empty file is the whole of it", async (driver) => {
    await put(driver, PATH, Buffer.alloc(0));
    for (const range of [{ first: 0, last: undefined }, { first: 5, last: 9 }, { suffix: 3 }]) {
      assert.equal((await readAll(driver, PATH, { range })).length, 0);
    }
  });

  test("a range in the middle of a large file is read exactly", async (driver) => {
    const bytes = patterned(3_000_000);
    await put(driver, PATH, bytes);
    for (const [first, last] of [[1_000_001, 2_500_000] as const, [2_999_990, 2_999_999] as const]) {
      assert.ok(bytes.subarray(first, last + 1).equals(await readAll(driver, PATH, { range: { first, last } })));
    }
  });

  test("what is read at once is what opening gives, and what cannot be is left to opening", async (driver) => {
    await put(driver, PATH, BYTES);
    for (const range of [undefined, { first: 3, last: 9 }, { first: 5, last: undefined }, { suffix: 5 }, { first: 0, last: 9999 }]) {
      const read = driver.readNow?.(PATH, range);
      if (read === undefined) continue; // a driver may always have to wait
      assert.ok(read !== "absent");
      await using file = await driver.open(PATH, { range }, SIGNAL);
      assert.deepEqual([read.sizeBytes, read.start, read.end], [27, file.start, file.end]);
      assert.deepEqual(read.bytes, await collect(file.body));
      assert.equal(driver.sizeNow?.(PATH), 27);
    }
    const large = filePath("repository", "data", "ab", "large");
    await put(driver, large, patterned(3_000_000));
    const left = [
      [large, undefined],
      [PATH, { first: 27, last: undefined }],
      [filePath("repository", "data"), undefined],
    ] as const;
    for (const [path, range] of left) assert.equal(driver.readNow?.(path, range), undefined, path);
    assert.equal(driver.sizeNow?.(filePath("repository", "data")), undefined);
  });

  test("that there is nothing is told at once where a file would be read at once", async (driver) => {
    await put(driver, PATH, BYTES);
    const saysMore = driver.readNow?.(PATH, undefined) !== undefined && driver.sizeNow?.(PATH) !== undefined;
    for (const path of [filePath("nothing"), filePath("repository", "data", "ab", "object", "below")]) {
      assert.equal(driver.readNow?.(path, undefined), saysMore ? "absent" : undefined, path);
      assert.equal(driver.sizeNow?.(path), saysMore ? "absent" : undefined, path);
    }
  });

  test("a file can be opened only while it still is the expected one", async (driver) => {
    const { fingerprint } = await put(driver, PATH, BYTES);
    assert.deepEqual(await readAll(driver, PATH, { expect: fingerprint }), BYTES);
    await put(driver, PATH, Buffer.from("healed"), { ...ABSENT, publish: "replace" });
    await assert.rejects(driver.open(PATH, { expect: fingerprint }, SIGNAL), code("changed"));
  });

  test("what is absent, a folder, or below a file is not found", async (driver) => {
    await put(driver, PATH, BYTES);
    for (const path of [filePath("nothing"), filePath("repository", "data"), filePath("repository", "data", "ab", "object", "below")]) {
      await assert.rejects(driver.open(path, {}, SIGNAL), code("not_found"), path);
    }
    assert.deepEqual(await driver.stat(filePath("repository", "data", "ab", "object", "below"), SIGNAL), { kind: "absent" });
    assert.deepEqual(await driver.stat(filePath("repository", "data"), SIGNAL), { kind: "folder" });
  });

  test("a reader who stops early, or never begins, holds no file open", async (driver, opened) => {
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

  test("a file can be disposed while a read is under way", async (driver, opened) => {
    await put(driver, PATH, patterned(3_000_000));
    const before = opened.countOpenFiles();
    const file = await driver.open(PATH, {}, SIGNAL);
    const reading = file.body[Symbol.asyncIterator]().next();
    await file[Symbol.asyncDispose]();
    await reading;
    assert.equal(opened.countOpenFiles(), before);
  });

  test("a reading that is aborted ends, and holds no file open", async (driver, opened) => {
    await put(driver, PATH, patterned(3_000_000));
    const before = opened.countOpenFiles();
    const client = new AbortController();
    await assert.rejects(async () => {
      await using file = await driver.open(PATH, {}, client.signal);
      for await (const _ of file.body) client.abort(new Error("gone"));
    }, /gone/);
    assert.equal(opened.countOpenFiles(), before);
  });
}
