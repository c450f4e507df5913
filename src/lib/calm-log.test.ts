import assert from "node:assert/strict";
import { test } from "node:test";
import { CalmLog } from "./calm-log.ts";
import type { Log, LogFields } from "./log.ts";

/** A log that keeps its lines, as `level message times`. */
function listening(): { readonly lines: string[]; readonly log: Log } {
  const lines: string[] = [];
  const at = (level: string) => (message: string, fields?: LogFields) =>
    void lines.push([level, message, fields?.["times"]].join(" ").trim());
  return { lines, log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

/** What the system says when a disk is full, at a file that no other call was about. */
function diskFull(file: number, syscall = "open"): Error {
  const error = new Error(`ENOSPC: no space left on device, ${syscall} '/data/files/.hub-tmp/${file}'`);
  return Object.assign(error, { code: "ENOSPC", errno: -28, syscall });
}

test("a disk that is full for an hour under fifty requests a second makes four lines a minute", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { lines, log } = listening();
  using calm = new CalmLog(log);
  for (let second = 0; second < 3600; second += 1) {
    for (let request = 0; request < 50; request += 1)
      calm.error("there is no room", { id: `${second}-${request}`, error: diskFull(request) });
    context.mock.timers.tick(1000);
  }
  assert.equal(lines.length, 60 * 4);
  assert.deepEqual(lines.slice(0, 5), [
    ...Array(3).fill("error there is no room"),
    "error there is no room 3000",
    "error there is no room",
  ]);
});

test("another error, another step of the same one and a bug at another place are each told at once", () => {
  const { lines, log } = listening();
  using calm = new CalmLog(log);
  for (let count = 0; count < 10; count += 1) calm.error("failed", { error: diskFull(count) });
  calm.error("failed", { error: diskFull(1, "fsync") });
  calm.error("failed", { error: Object.assign(new Error("EIO"), { code: "EIO", syscall: "open" }) });
  calm.error("failed", { error: new Error("wrapped", { cause: diskFull(1, "write") }) });
  calm.error("failed", { error: new TypeError("one bug") });
  calm.error("failed", { error: new TypeError("another bug") });
  assert.equal(lines.length, 3 + 5);
});

test("a warning that names a file in a sentence is one kind with those that name others", () => {
  const { lines, log } = listening();
  using calm = new CalmLog(log);
  for (let count = 0; count < 10; count += 1)
    calm.warn(`A temporary file was left to the sweep: EROFS: read-only file system, unlink '/a/${count}'`);
  calm.flush();
  assert.equal(lines.length, 4);
});

test("lines without an error all get through, and so do those of requests", () => {
  const { lines, log } = listening();
  using calm = new CalmLog(log);
  for (let count = 0; count < 50; count += 1) {
    calm.info("request", { status: 507, error: diskFull(count) });
    calm.warn("healed", { object: String(count) });
  }
  assert.equal(lines.length, 100);
});

test("errors that are all different are told a hundred of, and then as one kind", () => {
  const { lines, log } = listening();
  using calm = new CalmLog(log);
  for (let count = 0; count < 1000; count += 1) calm.error("failed", { error: Object.assign(new Error("?"), { code: `E${count}` }) });
  calm.flush();
  assert.equal(lines.length, 100 + 3 + 1);
  assert.equal(lines.at(-1), "error many different faults 900");
});

test("two things that fail for the same reason are told of each", () => {
  const { lines, log } = listening();
  using calm = new CalmLog(log);
  const error = diskFull(1);
  for (let count = 0; count < 10; count += 1) for (const message of ["upload refused", "count not written"]) calm.error(message, { error });
  assert.equal(lines.length, 2 * 3);
});
