import type { Core } from "../core.ts";
import { sweepArchives } from "./sweep-archives.ts";

/** Sweeps archives now and every `sweepEveryMs`, until it is disposed. */
export function startArchiveSweeper(core: Core): Disposable {
  const stop = new AbortController();
  let isAtWork = false; // a large sweep may take longer than the time between two
  const sweep = async () => {
    if (isAtWork) return;
    isAtWork = true;
    try {
      await sweepArchives(core, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) core.log.error("archives were not swept", { error });
    } finally {
      isAtWork = false;
    }
  };
  void sweep();
  const timer = setInterval(() => void sweep(), core.limits.sweepEveryMs);
  timer.unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      stop.abort();
    },
  };
}
