import type { Core } from "../core.ts";
import { sweepLeftovers } from "./sweep-leftovers.ts";

/** Sweeps leftovers now and every `sweepEveryMs`, until it is disposed. */
export function startLeftoverSweeper(core: Core): Disposable {
  const stop = new AbortController();
  const sweep = (beforeMs: number) =>
    sweepLeftovers(core, { beforeMs }, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) core.log.error("sweep failed", { error });
    });
  // Whatever is older than this moment is left from a process that has ended: this one holds the folder's lock.
  void sweep(core.clock());
  const timer = setInterval(() => void sweep(core.clock() - core.limits.tempAgeMs), core.limits.sweepEveryMs);
  timer.unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      stop.abort();
    },
  };
}
