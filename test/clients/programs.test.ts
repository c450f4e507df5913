import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { tempFolder } from "../support/temp-folder.ts";
import { buildGoProgram, findCached } from "./program-cache.ts";
import { type NeededProgram, preparePrograms } from "./programs.ts";

const EXAMPLE = { name: "example", version: "1.2.3", module: "example.test/example", command: "example.test/example/cmd" };
const signal = AbortSignal.timeout(60_000);

test("a program that cannot be had is named with its reason, and the next one is got all the same", async () => {
  const said: string[] = [];
  let there = false;
  const impossible: NeededProgram = {
    title: "moon 1.0",
    quick: true,
    find: () => undefined,
    get: async () => {
      throw new Error("no rocket");
    },
  };
  const possible: NeededProgram = {
    title: "sun 2.0",
    quick: true,
    find: () => (there ? "/sun" : undefined),
    get: async () => {
      there = true;
    },
  };
  const missing = await preparePrograms([impossible, possible], { say: (line) => said.push(line), signal });
  assert.deepEqual(missing, [{ title: "moon 1.0", reason: "no rocket" }]);
  assert.deepEqual(said, ["getting moon 1.0 ...", "cannot get moon 1.0: no rocket", "getting sun 2.0 ...", "got sun 2.0 in 0 s"]);
});

test("a program that is there is not got again", async () => {
  const get = () => Promise.reject(new Error("was got"));
  assert.deepEqual(await preparePrograms([{ title: "here", quick: true, find: () => "/here", get }], { say: assert.fail, signal }), []);
});

test("without Go a build says so and leaves nothing in the cache", async (context) => {
  await using cache = await useCache(context, undefined);
  await assert.rejects(buildGoProgram(EXAMPLE, signal), { message: "Go is not installed" });
  assert.equal(findCached(EXAMPLE), undefined);
  assert.deepEqual(await listBuilds(cache.path), []);
});

test("a build that fails shows what the compiler said and leaves nothing in the cache", async (context) => {
  await using cache = await useCache(context, "echo 'no such version' >&2; exit 1");
  await assert.rejects(buildGoProgram(EXAMPLE, signal), /go build failed: no such version/);
  assert.equal(findCached(EXAMPLE), undefined);
  assert.deepEqual(await listBuilds(cache.path), []);
});

test("two builds of one program at once both end with a whole program, of the exact version", async (context) => {
  // Stands in for the compiler: writes the go.mod it finds to the path that comes after -o.
  await using cache = await useCache(context, 'while [ "$1" != -o ]; do shift; done; sleep 0.2; cp go.mod "$2"');
  await Promise.all([buildGoProgram(EXAMPLE, signal), buildGoProgram(EXAMPLE, signal)]);
  assert.match(await readFile(findCached(EXAMPLE) ?? "", "utf8"), /^require example\.test\/example v1\.2\.3$/m);
  assert.deepEqual(await listBuilds(cache.path), []);
});

/** An empty cache, and a PATH with this shell script for `go`, or none, until the test ends. */
async function useCache(context: TestContext, go: string | undefined) {
  const folder = await tempFolder();
  const before = { path: process.env["PATH"], cache: process.env["HOLDFAST_TEST_CACHE"] };
  process.env["HOLDFAST_TEST_CACHE"] = folder.path;
  process.env["PATH"] = go === undefined ? folder.path : `${folder.path}:/usr/bin:/bin`;
  context.after(() => {
    process.env["PATH"] = before.path;
    if (before.cache === undefined) delete process.env["HOLDFAST_TEST_CACHE"];
    else process.env["HOLDFAST_TEST_CACHE"] = before.cache;
  });
  if (go !== undefined) await writeFile(join(folder.path, "go"), `#!/bin/sh\n${go}\n`, { mode: 0o755 });
  return folder;
}

async function listBuilds(cache: string): Promise<string[]> {
  return (await readdir(cache)).filter((name) => name.startsWith(".build-"));
}
