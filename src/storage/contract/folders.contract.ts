import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Driver, FolderLook } from "../driver.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { ABSENT, BYTES, type ContractTest, PATH, put, SIGNAL } from "./contract-test.ts";

/** What looks into one folder promise, on which the index of packs stands. */
export function foldersContract(test: ContractTest): void {
  test("one folder's wanted files are listed with their sizes, and nothing below it", async (driver) => {
    const before = Date.now() - 2500;
    for (const [name, length] of [
      ["a", 3],
      ["b", 0],
      ["c", 5000],
      ["not-this", 1],
    ] as const) {
      await put(driver, filePath("r", "f", name), Buffer.alloc(length));
    }
    await put(driver, filePath("r", "f", "d", "below"), BYTES);
    const files = await filesOf(driver, filePath("r", "f"), (name) => name.length === 1);
    assert.deepEqual(files.map(({ name, sizeBytes }) => [name, sizeBytes]).sort(), [
      ["a", 3],
      ["b", 0],
      ["c", 5000],
    ]);
    for (const { changedAtMs } of files) assert.ok(changedAtMs >= before && changedAtMs <= Date.now() + 2500, `${changedAtMs}`);
  });

  test("one folder with many names is listed some hundreds at a time, and none is missed", async (driver) => {
    const names = Array.from({ length: 600 }, (_, index) => `f${index}`);
    for (const name of names) await put(driver, filePath("many", name), Buffer.from(name));
    const files = await filesOf(driver, filePath("many"));
    assert.deepEqual(files.map(({ name }) => name).sort(), names.sort());
  });

  test("of one folder: an absent one has no files, and a file in its place is a gap", async (driver) => {
    await put(driver, PATH, BYTES);
    assert.deepEqual(await filesOf(driver, filePath("nothing", "here")), []);
    const found = await Array.fromAsync(driver.listFolder(PATH, () => true, SIGNAL));
    assert.deepEqual(
      found.map((part) => part.kind === "gap" && part.path),
      [PATH],
    );
  });

  test("a listing of one folder that is left early, or aborted, holds nothing open", async (driver, opened) => {
    for (const name of ["a", "b"]) await put(driver, filePath("f", name), BYTES);
    const before = opened.countOpenFiles();
    for await (const _ of driver.listFolder(filePath("f"), () => true, SIGNAL)) break;
    assert.equal(opened.countOpenFiles(), before);
    const gone = AbortSignal.abort(new Error("gone"));
    await assert.rejects(Array.fromAsync(driver.listFolder(filePath("f"), () => true, gone)), /gone/);
    await assert.rejects(driver.lookAtFolder(filePath("f"), gone), /gone/);
    assert.equal(opened.countOpenFiles(), before);
  });

  test("a look tells a folder from a file and from nothing", async (driver) => {
    await put(driver, PATH, BYTES);
    assert.equal((await look(driver, filePath("repository", "data"))).kind, "folder");
    assert.equal((await look(driver, PATH)).kind, "other");
    for (const path of [filePath("nothing"), filePath("repository", "data", "ab", "object", "below")]) {
      assert.deepEqual(await look(driver, path), { kind: "absent" });
    }
  });

  test("a folder that keeps a mark has another after every change of its names, and the same one without", async (driver) => {
    const folder = filePath("r", "data", "ab");
    const [one, two] = [filePath("r", "data", "ab", "one"), filePath("r", "data", "ab", "two")];
    await put(driver, one, BYTES);
    const steps: (() => Promise<unknown>)[] = [
      () => put(driver, two, BYTES),
      () => put(driver, one, Buffer.from("healed"), { ...ABSENT, publish: "replace" }),
      () => driver.moveToTrash(two, { atMs: Date.now() }, SIGNAL),
      () => driver.erase(one, SIGNAL),
    ];
    for (const step of steps) {
      await sleep(25); // longer than a tick of the clock that sets the times
      const before = await look(driver, folder);
      assert.ok(before.kind === "folder");
      assert.equal(textOf(await look(driver, folder)), textOf(before));
      await step();
      if (before.mark !== undefined) assert.notEqual(textOf(await look(driver, folder)), textOf(before));
      if (before.mark !== undefined) assert.ok(Math.abs(before.mark.seenAtMs - Date.now()) < 60_000);
    }
  });
}

async function filesOf(driver: Driver, folder: FilePath, wanted: (name: string) => boolean = () => true) {
  const parts = await Array.fromAsync(driver.listFolder(folder, wanted, SIGNAL));
  return parts.flatMap((part) => (part.kind === "files" ? part.files : assert.fail(`a gap: ${part.cause}`)));
}

async function look(driver: Driver, path: FilePath): Promise<FolderLook> {
  return await driver.lookAtFolder(path, SIGNAL);
}

function textOf(found: FolderLook): string | undefined {
  return found.kind === "folder" ? found.mark?.text : undefined;
}
