import type { Core } from "../core.ts";
import { recountTrash } from "./list-trash.ts";
import { sweepTrash } from "./sweep-trash.ts";

/** Counts the hub's running time every `runningCountMs` and empties the trash every `sweepEveryMs`, until it is disposed. */
export function startTrashSweeper(core: Core): Disposable {
  const stop = new AbortController();
  let isAtWork = false; // a large sweep may take longer than the time between two
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  let countedAtMs = Number.NEGATIVE_INFINITY;
  const tick = async () => {
    try {
      if (performance.now() - sweptAtMs < core.limits.sweepEveryMs) return void (await core.time.count());
      sweptAtMs = performance.now();
      await sweepTrash(core, stop.signal);
      if (performance.now() - countedAtMs < core.limits.recountEveryMs) return;
      await recountTrash(core, stop.signal);
      countedAtMs = performance.now();
    } catch (error) {
      if (!stop.signal.aborted) core.log.error("the trash was not swept", { error });
    }
  };
  const timer = setInterval(() => {
    if (isAtWork) return;
    isAtWork = true;
    void tick().finally(() => {
      isAtWork = false;
    });
  }, core.limits.runningCountMs);
  timer.unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      stop.abort();
    },
  };
}
