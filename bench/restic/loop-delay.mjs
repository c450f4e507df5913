import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

// Loaded by the hub's processes before anything else, when the bench wants to know how long their event loops stand still.
const SAMPLE_MS = 5;
const WRITE_MS = 100;

const folder = process.env["BENCH_LOOP_DELAYS"];
if (isMainThread && folder !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  delays.enable();
  const file = join(folder, `${process.pid}`);
  const write = () => {
    appendFileSync(file, `${delays.max / 1e6 - SAMPLE_MS}\n`);
    delays.reset();
  };
  setInterval(write, WRITE_MS).unref();
}
