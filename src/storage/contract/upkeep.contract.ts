import assert from "node:assert/strict";
import { filePath } from "../file-path.ts";
import { ABSENT, BYTES, type ContractTest, leftovers, list, PATH, put, readAll, SIGNAL, SWEEP_ALL } from "./contract-test.ts";

/** What listings, folders, removal, sweeps and health promise. */
export function upkeepContract(test: ContractTest): void {
  test("a listing has every file below its folder, and none of the hub's own names", async (driver) => {
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

  test("a listing of a folder with many names misses none", async (driver) => {
    const names = Array.from({ length: 600 }, (_, index) => `f${index}`);
    for (const name of names) await put(driver, filePath("many", name), Buffer.from(name));
    assert.deepEqual((await list(driver, filePath("many"))).map(({ path }) => path).sort(), names.map((name) => `many/${name}`).sort());
  });

  test("an absent folder has no files, and a file in its place is a gap", async (driver) => {
    await put(driver, PATH, BYTES);
    assert.deepEqual(await list(driver, filePath("nothing", "here")), []);
    const found = await Array.fromAsync(driver.list(PATH, SIGNAL));
    assert.deepEqual(
      found.map(({ kind, path }) => [kind, path]),
      [["gap", PATH]],
    );
  });

  test("a listing that is left early holds nothing open", async (driver, opened) => {
    for (const name of ["a", "b", "c"]) await put(driver, filePath("f", "g", name), BYTES);
    const before = opened.countOpenFiles();
    for await (const _ of driver.list(filePath(), SIGNAL)) break;
    assert.equal(opened.countOpenFiles(), before);
  });

  test("a folder is made with those above it, and again is fine", async (driver) => {
    const folder = filePath("a", "b", "c");
    await Promise.all([driver.makeFolder(folder, SIGNAL), driver.makeFolder(filePath("a", "b", "d"), SIGNAL)]);
    await driver.makeFolder(folder, SIGNAL);
    for (const path of [folder, filePath("a", "b", "d")]) assert.deepEqual(await driver.stat(path, SIGNAL), { kind: "folder" });
    await put(driver, PATH, BYTES);
    await assert.rejects(driver.makeFolder(PATH, SIGNAL), { code: "EEXIST" });
  });

  test("a file is erased once; a folder and nothing are no files", async (driver) => {
    await put(driver, PATH, BYTES);
    assert.equal(await driver.erase(filePath("repository"), SIGNAL), false);
    assert.equal(await driver.erase(PATH, SIGNAL), true);
    assert.deepEqual(await driver.stat(PATH, SIGNAL), { kind: "absent" });
    assert.equal(await driver.erase(PATH, SIGNAL), false);
    assert.equal(await driver.erase(filePath("no", "such"), SIGNAL), false);
  });

  test("a sweep takes what broken uploads left, and no upload that goes on", async (driver) => {
    await using upload = await driver.begin(PATH, ABSENT, SIGNAL);
    await upload.write(BYTES);
    const anHourAgoMs = Date.now() - 3_600_000;
    assert.equal(await driver.sweep(filePath(), { oursBeforeMs: anHourAgoMs, foreignBeforeMs: anHourAgoMs }, SIGNAL), 0);
    // Not even when the clock has jumped, and it looks old.
    assert.equal(await driver.sweep(filePath(), SWEEP_ALL, SIGNAL), 0);
    await upload.commit();
    assert.deepEqual(await readAll(driver, PATH), BYTES);

    await put(driver, filePath("repository", ".hub-tmp", "left"), BYTES);
    assert.equal(await driver.sweep(filePath("elsewhere"), SWEEP_ALL, SIGNAL), 0);
    assert.equal(await driver.sweep(filePath("repository"), SWEEP_ALL, SIGNAL), 1);
  });

  test("a sweep takes leftovers of rest-server and of restic's local backend by an age of their own, and nothing like them", async (driver) => {
    const id = "0123456789abcdef".repeat(4);
    const foreign = [`${id}.rest-server-temp123`, `${id}-tmp-456`];
    const kept = [id, `${id}.rest-server-temp`, `${id}.rest-server-tempx`, `${id.slice(1)}-tmp-1`, `${id}-temp-1`, "notes-tmp-1"];
    for (const name of [...foreign, ...kept]) await put(driver, filePath("r", "data", "01", name), BYTES);
    assert.equal(await driver.sweep(filePath("r"), { ...SWEEP_ALL, foreignBeforeMs: 0 }, SIGNAL), 0);
    assert.equal(await driver.sweep(filePath("r"), { ...SWEEP_ALL, oursBeforeMs: 0 }, SIGNAL), 2);
    assert.deepEqual((await list(driver, filePath("r"))).map(({ path }) => path.split("/").at(-1)).sort(), [...kept].sort());
  });

  test("whatever is asked with an aborted signal is refused, and makes nothing", async (driver) => {
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

  test("its health is that it can be written, and the check leaves nothing", async (driver) => {
    const health = await driver.check(SIGNAL);
    assert.deepEqual([health.writable, health.problem], [true, undefined]);
    assert.ok(health.freeBytes > 0 && health.totalBytes >= health.freeBytes);
    assert.deepEqual(await leftovers(driver), 0);
    assert.deepEqual(await list(driver, filePath()), []);
  });
}
