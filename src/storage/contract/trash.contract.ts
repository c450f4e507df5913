import assert from "node:assert/strict";
import type { Driver } from "../driver.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { ABSENT, BYTES, type ContractTest, code, leftovers, list, PATH, patterned, put, readAll, SIGNAL } from "./contract-test.ts";

const HOUR = "2026-11-21T17";
const AT_MS = Date.UTC(2026, 10, 21, 17, 30);
const CONFIG = filePath("repository", "config");

/** What the trash promises. */
export function trashContract(test: ContractTest): void {
  test("what goes into the trash leaves its place and every listing, and lies in the batch of its hour as it was", async (driver) => {
    const { modifiedAtMs } = await put(driver, PATH, BYTES);
    assert.deepEqual(await driver.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL), { sizeBytes: 27, trashedBytes: 27 });
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "absent" });
    assert.deepEqual(await list(driver, filePath()), []);
    assert.deepEqual(await driver.listTrashBatches(SIGNAL), [HOUR]);
    const [item, ...more] = await trashed(driver, HOUR);
    assert.deepEqual([item?.path, item?.batch, item?.sizeBytes, more.length], [PATH, HOUR, 27, 0]);
    assert.equal(item?.modifiedAtMs, modifiedAtMs);
    assert.equal(await leftovers(driver), 0);
  });

  test("only a file goes into the trash", async (driver) => {
    await put(driver, PATH, BYTES);
    for (const path of [filePath("repository"), filePath("no", "such"), filePath("repository", "none")]) {
      assert.equal(await driver.moveToTrash(path, { atMs: AT_MS }, SIGNAL), undefined, path);
    }
    assert.equal(await driver.moveToTrash(PATH, { atMs: AT_MS }, AbortSignal.abort(new Error("gone"))).catch(String), "Error: gone");
    assert.deepEqual(await readAll(driver, PATH), BYTES);
  });

  test("other bytes of one path that go in the same hour are kept beside the first, equal ones once", async (driver) => {
    for (const [index, text] of ["one", "two", "six", "one", "longer"].entries()) {
      await put(driver, CONFIG, Buffer.from(text));
      const trashedBytes = index === 3 ? 0 : text.length;
      assert.deepEqual(await driver.moveToTrash(CONFIG, { atMs: AT_MS }, SIGNAL), { sizeBytes: text.length, trashedBytes });
    }
    assert.deepEqual(await driver.listTrashBatches(SIGNAL), [HOUR, `${HOUR}~2`, `${HOUR}~3`, `${HOUR}~4`]);
    assert.equal((await trashed(driver, HOUR)).length, 1);
    const kept: string[] = [];
    for (const batch of await driver.listTrashBatches(SIGNAL)) {
      assert.equal(await driver.restoreFromTrash({ batch, path: CONFIG }, SIGNAL), "restored");
      kept.push((await readAll(driver, CONFIG)).toString());
      await driver.erase(CONFIG, SIGNAL);
    }
    assert.deepEqual(kept, ["one", "two", "six", "longer"]);
  });

  test("an object can be put again after its removal, and goes again", async (driver) => {
    const bytes = patterned(2_500_000);
    for (const hour of [17, 17, 18]) {
      await put(driver, PATH, bytes);
      await driver.moveToTrash(PATH, { atMs: Date.UTC(2026, 10, 21, hour) }, SIGNAL);
    }
    assert.deepEqual(await driver.listTrashBatches(SIGNAL), ["2026-11-21T17", "2026-11-21T18"]);
  });

  test("a restore brings the bytes back, and never over something else", async (driver) => {
    await put(driver, PATH, BYTES);
    await driver.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
    await put(driver, PATH, Buffer.from("something else"));
    await assert.rejects(driver.restoreFromTrash({ batch: HOUR, path: PATH }, SIGNAL), code("already_exists"));
    assert.equal((await readAll(driver, PATH)).toString(), "something else");
    assert.equal((await trashed(driver, HOUR)).length, 1);

    await driver.erase(PATH, SIGNAL);
    assert.equal(await driver.restoreFromTrash({ batch: HOUR, path: PATH }, SIGNAL), "restored");
    assert.deepEqual(await readAll(driver, PATH), BYTES);
    assert.deepEqual(await trashed(driver, HOUR), []);
    await assert.rejects(driver.restoreFromTrash({ batch: HOUR, path: PATH }, SIGNAL), code("not_found"));
  });

  test("a restore of what is there already changes nothing", async (driver) => {
    await put(driver, PATH, BYTES);
    await driver.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
    await put(driver, PATH, BYTES);
    assert.equal(await driver.restoreFromTrash({ batch: HOUR, path: PATH }, SIGNAL), "already there");
    assert.deepEqual(await readAll(driver, PATH), BYTES);
    assert.equal((await trashed(driver, HOUR)).length, 1);
  });

  test("a part of the trash can be listed by a path at or above", async (driver) => {
    const paths = ["r/config", "r/data/ab/1", "r/data/cd/2", "r/data2/3", "s/config"].map((text) => filePath(...text.split("/")));
    for (const path of paths) {
      await put(driver, path, BYTES);
      await driver.moveToTrash(path, { atMs: AT_MS }, SIGNAL);
    }
    assert.deepEqual((await trashed(driver, HOUR)).map(({ path }) => path).sort(), paths);
    assert.deepEqual((await trashed(driver, HOUR, filePath("r", "data"))).map(({ path }) => path).sort(), paths.slice(1, 3));
    assert.deepEqual(
      (await trashed(driver, HOUR, filePath("r", "config"))).map(({ path }) => path),
      paths.slice(0, 1),
    );
    assert.deepEqual(await trashed(driver, HOUR, filePath("nothing")), []);
  });

  test("a batch is erased as far as its owner says, no more than is enough, and its folders go with the last of it", async (driver) => {
    for (const name of ["a", "b", "c", "d"]) {
      await put(driver, filePath("r", name), BYTES);
      await driver.moveToTrash(filePath("r", name), { atMs: AT_MS }, SIGNAL);
    }
    assert.deepEqual(await driver.eraseFromTrash(HOUR, { mayErase: () => false }, SIGNAL), { files: 0, sizeBytes: 0 });
    assert.deepEqual(await driver.eraseFromTrash(HOUR, { mayErase: () => true, enoughBytes: 28 }, SIGNAL), { files: 2, sizeBytes: 54 });
    const [kept] = await trashed(driver, HOUR);
    const mayErase = async ({ path }: { readonly path: FilePath }) => path !== kept?.path;
    assert.deepEqual(await driver.eraseFromTrash(HOUR, { mayErase }, SIGNAL), { files: 1, sizeBytes: 27 });
    assert.deepEqual(await driver.listTrashBatches(SIGNAL), [HOUR]);
    assert.deepEqual(await driver.eraseFromTrash(HOUR, { mayErase: () => true }, SIGNAL), { files: 1, sizeBytes: 27 });
    assert.deepEqual(await driver.listTrashBatches(SIGNAL), []);
    assert.deepEqual(await driver.eraseFromTrash(HOUR, { mayErase: () => true }, SIGNAL), { files: 0, sizeBytes: 0 });

    // The folders that are gone now are made again.
    await put(driver, PATH, BYTES);
    assert.deepEqual(await driver.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL), { sizeBytes: 27, trashedBytes: 27 });
  });

  test("many removals of one file at once take it away once, and lose nothing", async (driver, opened) => {
    await put(driver, PATH, BYTES);
    const before = opened.countOpenFiles();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => driver.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL)));
    assert.equal(outcomes.filter((outcome) => outcome !== undefined).length, 1);
    assert.equal((await trashed(driver, HOUR)).length, 1);
    assert.equal(opened.countOpenFiles(), before);
  });

  test("uploads, removals and restores of one path at once never lose its bytes", async (driver) => {
    const again = async () => {
      await put(driver, PATH, BYTES, ABSENT).catch(ignore("already_exists"));
      await driver.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
      await driver.restoreFromTrash({ batch: HOUR, path: PATH }, SIGNAL).catch(ignore("not_found"));
    };
    for (let round = 0; round < 5; round += 1) await Promise.all([again(), again(), again()]);
    await driver.restoreFromTrash({ batch: HOUR, path: PATH }, SIGNAL).catch(ignore("not_found"));
    assert.deepEqual(await readAll(driver, PATH), BYTES);
  });
}

async function trashed(driver: Driver, batch: string, below?: FilePath) {
  const items = await Array.fromAsync(driver.listTrash({ batch, below }, SIGNAL));
  return items.map((item) => {
    if (item.kind === "gap") throw item.cause;
    return item;
  });
}

function ignore(expected: "already_exists" | "not_found"): (error: unknown) => void {
  return (error) => assert.ok(code(expected)(error), String(error));
}
