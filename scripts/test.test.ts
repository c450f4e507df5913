import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type ProgramResult, runProgram, testEnvironment } from "../test/clients/run-program.ts";
import { tempFolder } from "../test/support/temp-folder.ts";

const PROGRAM = fileURLToPath(new URL("./test.ts", import.meta.url));
const IMPORT = 'import { test } from "node:test";';

test("a run without failures ends with the counts and exit code 0", async () => {
  const { stdout, code } = await runTests({
    "src/one.test.ts": `${IMPORT} test("works", () => {});`,
    "test/two.test.ts": `${IMPORT} test("works too", async (t) => { await t.test("inside", () => {}); });`,
  });
  assert.equal(stdout.trimEnd().split("\n").at(-1), "3 passed, 0 failed, 0 skipped");
  assert.equal(code, 0);
});

test("a failing test is shown whole and makes the exit code 1", async () => {
  const { stdout, code } = await runTests({ "src/one.test.ts": `${IMPORT} test("adds up", () => { throw new Error("1 is not 2"); });` });
  assert.match(stdout, /FAIL {2}src\/one\.test\.ts.*adds up.*Error: 1 is not 2.*at .*one\.test\.ts:1/s);
  assert.match(stdout, /\n0 passed, 1 failed, 0 skipped\n$/);
  assert.equal(code, 1);
});

test("skipped tests are listed with their reasons", async () => {
  const source = `${IMPORT} test("needs a moon", { skip: "there is no moon" }, () => {}); test("works", () => {});`;
  const { stdout, code } = await runTests({ "src/one.test.ts": source });
  assert.match(stdout, /Skipped:\n {2}src\/one\.test\.ts: needs a moon: there is no moon\n/);
  assert.match(stdout, /\n1 passed, 0 failed, 1 skipped\n$/);
  assert.equal(code, 0);
});

test("tests that a crash left without a result are listed as not run", async () => {
  const source = `${IMPORT} test("first", () => { setTimeout(() => process.exit(3), 300); return new Promise(() => {}); }); test("second", () => {});`;
  const { stdout, code } = await runTests({ "src/one.test.ts": source });
  assert.match(stdout, /the file ended before its tests did.*exit code 3/s);
  assert.match(stdout, /Did not run:\n.*one\.test\.ts: second/s);
  assert.equal(code, 1);
});

test("a file that cannot be loaded fails with what it said", async () => {
  const { stdout, code } = await runTests({ "src/one.test.ts": 'throw new Error("no such thing");' });
  assert.match(stdout, /Error: no such thing/);
  assert.equal(code, 1);
});

test("a file without a test and a run without a file are failures", async () => {
  const empty = await runTests({ "src/one.test.ts": "export {};" });
  assert.match(empty.stdout, /the file holds no test/);
  assert.equal(empty.code, 1);
  const none = await runTests({ "src/one.test.ts": `${IMPORT} test("works", () => {});` }, ["no-such-name"]);
  assert.match(none.stdout, /\n0 passed, 0 failed, 0 skipped\n$/);
  assert.equal(none.code, 1);
});

test("a file that keeps a handle open is cut by its deadline, even when it ignores SIGTERM", async () => {
  const source = `${IMPORT} process.on("SIGTERM", () => {}); test("works", () => { setInterval(() => {}, 1000); });`;
  const { stdout, code } = await runTests({ "src/one.test.ts": source }, ["--file-seconds", "2"]);
  assert.match(stdout, /the file did not end within 2 s/);
  assert.match(stdout, /the file left something behind/);
  assert.equal(code, 1);
});

test("a temporary file that is left behind is a failure and is removed", async () => {
  const source = `${IMPORT} import { writeFileSync } from "node:fs"; import { tmpdir } from "node:os";
    test("litters", () => writeFileSync(tmpdir() + "/litter", ""));`;
  const { stdout, code } = await runTests({ "src/one.test.ts": source });
  assert.match(stdout, /the file left something behind.*temporary file litter/s);
  assert.equal(code, 1);
});

test("a process that is left behind is a failure and is ended", {
  skip: process.platform !== "linux" && "only Linux has /proc",
}, async () => {
  const source = `${IMPORT} import { spawn } from "node:child_process";
    test("forgets", () => spawn("sleep", ["300"], { detached: true, stdio: "ignore" }).unref());`;
  const { stdout, code } = await runTests({ "src/one.test.ts": source });
  const pid = Number(/process (?<pid>\d+): sleep 300/.exec(stdout)?.groups?.["pid"]);
  assert.equal(code, 1);
  assert.equal(commandLine(pid), "");
});

test("the quick part leaves slow files out and says which", async () => {
  const files = { "src/one.test.ts": `${IMPORT} test("works", () => {});`, "src/two.slow.test.ts": `${IMPORT} test("waits", () => {});` };
  const quick = await runTests(files, ["--quick"]);
  assert.match(quick.stdout, /Left out of the quick part.*two\.slow\.test\.ts.*\n1 passed, 0 failed, 0 skipped\n$/s);
  const all = await runTests(files);
  assert.match(all.stdout, /\n2 passed, 0 failed, 0 skipped\n$/);
});

/** Empty when the process has ended, whether or not its parent has asked after it. */
function commandLine(pid: number): string {
  return existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/cmdline`, "utf8") : "";
}

/** Runs the test program over a folder with these files in it. */
async function runTests(files: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<ProgramResult> {
  await using folder = await tempFolder();
  for (const [path, source] of Object.entries({ "package.json": '{"type":"module"}', ...files })) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), source);
  }
  const all = [PROGRAM, "--no-install", "--root", folder.path, ...args];
  return await runProgram({ program: process.execPath, args: all, cwd: folder.path, env: testEnvironment(), timeoutMs: 60_000 });
}
