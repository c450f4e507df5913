import { FreshRuns } from "#lib/fresh-runs.ts";
import type { Core } from "../core.ts";
import { recountTrash } from "./list-trash.ts";
import { sweepTrash } from "./sweep-trash.ts";

/** What counts and empties the trash by itself. */
export interface TrashSweeper extends Disposable {
  /**
   * Counts what the trash holds, once `before` has ended: a process that was killed has not written down all that it had moved. Resolves
   * when that is done or has failed, which the log tells.
   */
  countAfter(before: Promise<void>): Promise<void>;
}

/** Counts the hub's running time every `runningCountMs` and empties the trash every `sweepEveryMs`, until it is disposed. */
export function startTrashSweeper(core: Core): TrashSweeper {
  const stop = new AbortController();
  let isAtWork = false; // a large sweep may take longer than the time between two
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  let countedAtMs = Number.NEGATIVE_INFINITY;
  const counts = new FreshRuns<void>(); // two at once would each put right what the other has put right
  const count = () =>
    counts.run("trash", async () => {
      await recountTrash(core, stop.signal);
      countedAtMs = performance.now();
    });
  const tick = async () => {
    try {
      if (performance.now() - sweptAtMs < core.limits.sweepEveryMs) return void (await core.time.count());
      sweptAtMs = performance.now();
      await sweepTrash(core, stop.signal);
      if (performance.now() - countedAtMs < core.limits.recountEveryMs) return;
      await count();
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
    async countAfter(before) {
      try {
        await before;
        await count();
      } catch (error) {
        if (!stop.signal.aborted) core.log.error("the trash was not counted", { error });
      }
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      stop.abort();
    },
  };
}
