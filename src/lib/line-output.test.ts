import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { LineOutput } from "./line-output.ts";

const LOG = JSON.stringify(new URL("./log.ts", import.meta.url).href);

/** Runs a process that logs `count` lines and then ends with `ending`. */
function startLogging(count: number, ending: string) {
  const script = `import { openLog } from ${LOG};
    const log = openLog({ level: "info", format: "json" });
    for (let index = 0; index < ${count}; index += 1) log.info("line", { index, filling: "x".repeat(200) });
    ${ending}`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "ignore"], timeout: 10_000 });
}

test("every line is written before the process ends, however it ends", async () => {
  for (const [ending, code] of [
    ["", 0],
    ["process.exit(3)", 3],
    ["throw new Error()", 1],
  ] as const) {
    const child = startLogging(500, ending);
    const exited = once(child, "exit");
    const text = Buffer.concat(await child.stdout.toArray()).toString();
    const numbers = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).index);
    assert.deepEqual(
      numbers,
      Array.from({ length: 500 }, (_, index) => index),
    );
    assert.equal((await exited)[0], code);
  }
});

test("a process whose log nobody reads any more goes on and ends", async () => {
  const child = startLogging(5000, "");
  child.stdout.destroy();
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("lines come within a moment while the process runs", async () => {
  const child = startLogging(1, "setTimeout(() => {}, 60_000)");
  const [line] = await once(child.stdout, "data");
  assert.equal(JSON.parse(line).index, 0);
  child.kill("SIGKILL");
  await once(child, "exit");
});

test("a log that was full says how many lines are missing, and where", { timeout: 30_000 }, async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "log");
  execFileSync("mkfifo", [path]);
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const output = new LineOutput(descriptor, (lines) => `missing ${lines}\n`);
  const filling = "x".repeat(200);
  for (let index = 0; index < 30_000; index += 1) output.write(`${index} ${filling}\n`); // 6 MB: more than is kept
  let text = "";
  for (const piece = Buffer.alloc(65_536); !text.endsWith("\nlast\n"); ) {
    try {
      text += piece.toString("latin1", 0, readSync(descriptor, piece));
    } catch {
      if (/^missing \d+\n$/m.test(text)) output.write("last\n");
      await sleep(150); // empty: it goes on within 0.1 s
    }
  }
  const lines = text.split("\n").map((line) => line.split(" ").slice(0, 2));
  const at = lines.findIndex(([word]) => word === "missing");
  assert.ok(at > 10_000, `${at}`);
  assert.equal(Number(lines[at - 1]?.[0]) + Number(lines[at]?.[1]), 29_999);
  assert.deepEqual(lines[at + 1], ["last"]);
});

test("processes that share one output do not write into each other's lines, however slowly it is read", async () => {
  const script = `import { openLog } from ${LOG};
    const log = openLog({ level: "info", format: "json" });
    for (let index = 0; index < 2000; index += 1) log.info("line", { index, filling: "x".repeat(index % 997) });`;
  const both = `${'$NODE --input-type=module -e "$SCRIPT" & '.repeat(4)} wait`;
  const env = { ...process.env, NODE: process.execPath, SCRIPT: script };
  // The shell's pipe, not ours: Node gives its children sockets.
  const child = spawn("sh", ["-c", `{ ${both}; } | { sleep 2; dd bs=1000 2>/dev/null; }`], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 30_000,
  });
  const lines = Buffer.concat(await child.stdout.toArray())
    .toString()
    .trimEnd()
    .split("\n");
  assert.equal(lines.length, 8000);
  for (const line of lines) assert.equal(typeof JSON.parse(line).index, "number");
});
