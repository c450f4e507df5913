import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram, testEnvironment } from "./run-program.ts";
import { serveProgram } from "./serve-program.ts";

const common = { cwd: "/", env: testEnvironment(), timeoutMs: 20_000 };

test("a program's output and exit code come back, and it reads what it is given", async () => {
  const result = await runProgram({ ...common, program: "sh", args: ["-c", "cat; echo oops >&2; exit 3"], stdin: "hello" });
  assert.deepEqual(result, { stdout: "hello", stderr: "oops\n", code: 3 });
});

test("a program that takes too long is ended with what it started", async () => {
  const startedAtMs = performance.now();
  const run = runProgram({ ...common, program: "sh", args: ["-c", "echo working >&2; sleep 100; true"], timeoutMs: 300, ownGroup: true });
  await assert.rejects(run, /took longer than 0.3 s; it said: working/);
  assert.ok(performance.now() - startedAtMs < 10_000);
});

test("a program is ended when its signal says so, also before it began", async () => {
  const run = (signal: AbortSignal) => runProgram({ ...common, program: "sleep", args: ["100"], signal });
  await assert.rejects(run(AbortSignal.timeout(200)), /was given up/);
  await assert.rejects(run(AbortSignal.abort()), /was given up/);
});

test("a program that is not there is an error", async () => {
  await assert.rejects(runProgram({ ...common, program: "no-such-program", args: [] }), { code: "ENOENT" });
});

test("the settings of the person who runs the tests do not reach a program", async () => {
  process.env["RESTIC_REPOSITORY"] = "/home/me/backups";
  process.env["HOLDFAST_DATA"] = "/srv/holdfast";
  const environment = testEnvironment({ RESTIC_PASSWORD: "x" });
  delete process.env["RESTIC_REPOSITORY"];
  delete process.env["HOLDFAST_DATA"];
  assert.deepEqual(
    [environment["RESTIC_REPOSITORY"], environment["HOLDFAST_DATA"], environment["RESTIC_PASSWORD"]],
    [undefined, undefined, "x"],
  );
});

test("a server is ready when it says so and is gone when its scope is left", async () => {
  let pid = 0;
  {
    await using server = await serveProgram({ ...common, program: "sh", args: ["-c", "echo at 42; exec sleep 100"], ready: readNumber });
    assert.equal(server.ready, 42);
    pid = server.pid;
  }
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});

test("a server that ends before it is ready, or is not ready in time, is an error with what it said", async () => {
  const start = (script: string) =>
    serveProgram({ ...common, program: "sh", args: ["-c", script], ready: readNumber, readyTimeoutMs: 500 });
  await assert.rejects(start("echo no room >&2; exit 1"), /ended before it was ready; it said: no room/);
  await assert.rejects(start("echo thinking; exec sleep 100"), /was not ready in time; it said: thinking/);
});

function readNumber(line: string): number | undefined {
  const found = /^at (?<number>\d+)$/.exec(line)?.groups?.["number"];
  return found === undefined ? undefined : Number(found);
}
