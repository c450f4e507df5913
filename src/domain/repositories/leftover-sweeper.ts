import type { Core } from "../core.ts";
import { sweepLeftovers } from "./sweep-leftovers.ts";

export interface LeftoverSweeper extends Disposable {
  /** Resolves when the first sweep, of what a process that has ended left behind, has ended; never rejects. */
  readonly first: Promise<void>;
}

/**
 * Sweeps leftovers now and every `sweepEveryMs`, until it is disposed. A clock that is wrong takes no upload under way in another process: by
 * the earliest that it may be, and only what was found as it is `tempAgeMs` of running time ago.
 */
export function startLeftoverSweeper(core: Core): LeftoverSweeper {
  const stop = new AbortController();
  const sweep = (cutoffs: { readonly beforeMs: number; readonly unchangedForMs?: number }) =>
    sweepLeftovers(core, cutoffs, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) core.log.error("sweep failed", { error });
    });
  // Whatever is older than this moment is left from a process that has ended: this one holds the folder's lock.
  const first = sweep({ beforeMs: core.clock() });
  const { tempAgeMs, sweepEveryMs } = core.limits;
  const again = () => void sweep({ beforeMs: core.time.moment().earliestMs - tempAgeMs, unchangedForMs: tempAgeMs });
  const timer = setInterval(again, sweepEveryMs);
  timer.unref();
  return {
    first,
    [Symbol.dispose]() {
      clearInterval(timer);
      stop.abort();
    },
  };
}
