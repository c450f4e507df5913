import assert from "node:assert/strict";
import { test } from "node:test";
import { HubError } from "#model/hub-error.ts";
import { filePath } from "../file-path.ts";
import { type FaultPlan, systemError } from "../memory/memory-fault.ts";
import { attempt, failing, open, readText, SIGNAL } from "./faulty-storage.ts";

test("a file that cannot be read is damaged, and the refusal says why", async () => {
  for (const [call, code, why] of [
    ["openToRead", "EACCES", /permission denied/],
    ["openToRead", "EPERM", /permission denied/],
    ["read", "EIO", /disk reports an error/],
  ] as const) {
    const { storage } = open();
    await attempt(storage);
    storage.inject(failing(call, code));
    const error = await readText(storage).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof HubError && error.code === "damaged", `${call} ${code}: ${error}`);
    assert.match(error.message, why);
    assert.ok(error.message.length <= 80);
    assert.equal(storage.openFiles, 0);
  }
});

test("a file that ends early is damaged, small or large", async () => {
  for (const readChunkBytes of [16, 1024]) {
    const { storage } = open({ readChunkBytes });
    await attempt(storage);
    storage.inject(({ call }) => (call === "read" ? { kind: "short" } : undefined)); // halves, until half of one byte is none
    await assert.rejects(readText(storage), { code: "damaged" });
    assert.equal(storage.openFiles, 0);
  }
});

test("a part of a listing that cannot be read is a gap, and the rest is listed", async () => {
  const { storage } = open();
  for (const name of ["a", "b"]) for (const file of ["1", "2"]) await attempt(storage, filePath("r", name, file));
  const listing = async (plan: FaultPlan) => {
    storage.inject(plan);
    const found: string[] = [];
    for await (const { kind, path } of storage.list(filePath("r"), SIGNAL)) found.push(`${kind} ${path}`);
    return found.sort();
  };
  const denied = { kind: "fail-before", error: systemError("EACCES") } as const;
  assert.deepEqual(await listing(({ call, path }) => (call === "readFolder" && path === "r/a" ? denied : undefined)), [
    "file r/b/1",
    "file r/b/2",
    "gap r/a",
  ]);
  assert.deepEqual(await listing(({ call, path }) => (call === "stat" && path === "r/b/1" ? denied : undefined)), [
    "file r/a/1",
    "file r/a/2",
    "file r/b/2",
    "gap r/b/1",
  ]);
  assert.deepEqual(await listing(({ call }) => (call === "readFolder" ? denied : undefined)), ["gap r"]);
});

test("what vanishes while it is listed was not there", async () => {
  const { storage } = open();
  for (const name of ["a", "b"]) await attempt(storage, filePath("r", name, "1"));
  const gone = { kind: "fail-before", error: systemError("ENOENT") } as const;
  storage.inject(({ call, path }) => (call === "readFolder" && path === "r/a" ? gone : undefined));
  const found: string[] = [];
  for await (const { kind, path } of storage.list(filePath("r"), SIGNAL)) found.push(`${kind} ${path}`);
  assert.deepEqual(found, ["file r/b/1"]);
});
