import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { filePath } from "../file-path.ts";
import { putFile } from "../put-file.ts";
import {
  ABSENT,
  BYTES,
  breakingOff,
  type ContractTest,
  code,
  digest,
  leftovers,
  list,
  PATH,
  patterned,
  put,
  readAll,
  SIGNAL,
} from "./contract-test.ts";

/** What an upload promises. */
export function uploadsContract(test: ContractTest): void {
  test("what was put is read back whole, with its size and times", async (driver) => {
    const beganAtMs = Date.now();
    const facts = await put(driver, PATH, BYTES);
    assert.deepEqual(await readAll(driver, PATH), BYTES);
    assert.equal(facts.sizeBytes, 27);
    assert.ok(Math.abs(facts.modifiedAtMs - beganAtMs) < 60_000);
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "file", ...facts });
  });

  test("bytes of every size and in pieces of every size come back as they were", async (driver) => {
    for (const sizeBytes of [0, 1, 4096, 65_536, 262_144, 262_145, 1_048_576, 5_000_001]) {
      const bytes = patterned(sizeBytes);
      for (const pieceBytes of [1000, 65_536, 3_000_000]) {
        const path = filePath("sizes", `${sizeBytes}-${pieceBytes}`);
        await put(driver, path, bytes, { ...ABSENT, sha256: digest(bytes), sizeBytes }, pieceBytes);
        assert.ok(bytes.equals(await readAll(driver, path)), `${sizeBytes} bytes in pieces of ${pieceBytes}`);
      }
    }
  });

  test("a piece may be used again once it was taken", async (driver) => {
    const piece = Buffer.alloc(70_000);
    await using upload = await driver.begin(PATH, ABSENT, SIGNAL);
    for (const value of [1, 2, 3]) await upload.write(piece.fill(value));
    piece.fill(9);
    await upload.commit();
    assert.deepEqual([...new Set(await readAll(driver, PATH))], [1, 2, 3]);
  });

  test("a file whose upload breaks off is never seen, and nothing is left of it", async (driver) => {
    await assert.rejects(putFile(driver, PATH, breakingOff("cable pulled"), ABSENT, SIGNAL), /cable pulled/);
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "absent" });
    assert.deepEqual(await leftovers(driver), 0);
  });

  test("a file is not seen before it is committed", async (driver) => {
    await using upload = await driver.begin(PATH, ABSENT, SIGNAL);
    await upload.write(patterned(3_000_000));
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "absent" });
    assert.deepEqual(await list(driver, filePath()), []);
    await assert.rejects(driver.open(PATH, {}, SIGNAL), code("not_found"));
  });

  test("of two uploads to one path one wins, and the other leaves nothing", async (driver) => {
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

  test("a file that is there is never overwritten by an upload to an absent place", async (driver) => {
    const first = await put(driver, PATH, BYTES);
    await assert.rejects(put(driver, PATH, Buffer.from("other")), code("already_exists"));
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "file", ...first });
    assert.deepEqual(await leftovers(driver), 0);
  });

  test("a replacing upload replaces what is there, or takes the empty place", async (driver) => {
    const replace = { ...ABSENT, publish: "replace" } as const;
    const first = await put(driver, PATH, BYTES, replace);
    const second = await put(driver, PATH, Buffer.from("healed"), replace);
    assert.equal((await readAll(driver, PATH)).toString(), "healed");
    assert.notEqual(first.fingerprint, second.fingerprint);
    assert.deepEqual(await leftovers(driver), 0);
  });

  test("bytes that do not have the promised SHA-256 are refused, and nothing is left of them", async (driver) => {
    await assert.rejects(put(driver, PATH, BYTES, { ...ABSENT, sha256: digest(Buffer.from("x")) }), code("hash_mismatch"));
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "absent" });
    assert.deepEqual(await leftovers(driver), 0);
  });

  test("an upload of more bytes than there is room for is refused before anything is made", async (driver) => {
    const { freeBytes, totalBytes } = await driver.space(filePath("repository", "data"), SIGNAL);
    assert.ok(freeBytes <= totalBytes);
    const tooMuch = { ...ABSENT, sizeBytes: freeBytes * 2 + 1e9 };
    await assert.rejects(driver.begin(PATH, tooMuch, SIGNAL), code("storage_full"));
    assert.deepEqual(await driver.stat(filePath("repository", ".hub-tmp"), SIGNAL), { kind: "absent" });
  });

  for (const stage of ["begun", "half written", "all written"] as const) {
    test(`an upload that is aborted when ${stage} leaves nothing`, async (driver, opened) => {
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

  test("an upload that is aborted during its commit is there whole or not at all, and leaves nothing else", async (driver) => {
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
}
