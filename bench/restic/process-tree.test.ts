import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { parseStat, readTree, sumTree } from "./process-tree.ts";

test("a line of /proc/PID/stat is read, whatever the program's name", () => {
  const rest = "S 7 42 42 0 -1 4194560 100 0 0 0 11 22 3 4 20 0 5 0 900 1000000 250 18446744073709551615";
  assert.deepEqual(parseStat(`42 (odd) name (x) ${rest}\n`), { pid: 42, parent: 7, cpuTicks: 40, residentPages: 250 });
  assert.equal(parseStat(""), undefined);
});

test("a tree is a process and everything below it, and nothing beside it", () => {
  const process = (pid: number, parent: number, cpuTicks: number, residentPages: number) => ({ pid, parent, cpuTicks, residentPages });
  // A grandchild may come before its parent.
  const all = [process(30, 20, 100, 1), process(10, 1, 100, 1), process(20, 10, 100, 1), process(11, 1, 5000, 50)];
  assert.deepEqual(sumTree(all, 10), { cpuSeconds: 3, residentBytes: 3 * 4096 });
});

test("the time of a child counts while it runs and after it has ended", {
  skip: process.platform !== "linux" && "only Linux has /proc",
}, async () => {
  const child = spawn(process.execPath, ["-e", "const end = Date.now() + 300; while (Date.now() < end); process.stdin.resume()"], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  const before = readTree(process.pid);
  while (readTree(process.pid).cpuSeconds < before.cpuSeconds + 0.1) execFileSync("sleep", ["0.05"]);
  const during = readTree(process.pid);
  child.stdin.end();
  await once(child, "exit");
  assert.ok(readTree(process.pid).cpuSeconds >= during.cpuSeconds);
  assert.ok(during.residentBytes > 0);
});
