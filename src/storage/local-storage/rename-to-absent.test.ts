import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { filePath } from "../file-path.ts";
import { NodeDisk } from "./node-disk.ts";

const CHILD = join(import.meta.dirname, "rename-child.ts");

test("without hard links two processes that publish under one name at once do not both succeed", async () => {
  await using it = await open();
  assert.equal((await it.lines.next()).value, "looked");
  const ours = await it.publish();
  const theirs = (await it.lines.next()).value;
  assert.deepEqual([theirs, ours], ["taken", "EEXIST"]);
  assert.equal(readFileSync(join(it.root, "config"), "utf8"), "of one");
});

test("without hard links a process that dies on its way to a name leaves nothing there, and nobody waits for it", async () => {
  await using it = await open();
  assert.equal((await it.lines.next()).value, "looked");
  it.child.kill("SIGKILL");
  assert.equal(await it.publish(), "taken");
  assert.equal(readFileSync(join(it.root, "config"), "utf8"), "of two");
  assert.deepEqual(
    readdirSync(it.root).filter((name) => !name.startsWith(".hub-")),
    ["config", "one"],
  );
});

/** A folder with the files `one` and `two`; another process is about to give the first the name `config`, and `publish` the second. */
async function open() {
  await using stack = new AsyncDisposableStack();
  const root = stack.use(await tempFolder()).path;
  for (const name of ["one", "two"]) writeFileSync(join(root, name), `of ${name}`);
  const disk = new NodeDisk(root, { quick: true });
  const child = spawn(process.execPath, [CHILD, root, "one", "config"], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  stack.defer(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const publish = async () => {
    try {
      await disk.renameToAbsent(filePath("two"), filePath("config"));
      return "taken";
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    }
  };
  const owned = stack.move();
  return { root, child: child as ChildProcess, lines, publish, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
