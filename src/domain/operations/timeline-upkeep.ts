import { setTimeout as sleep } from "node:timers/promises";
import type { Core } from "../core.ts";
import { tellStaleLocks } from "./tell-stale-locks.ts";
import { trimTimeline } from "./trim-timeline.ts";

const TRIM_EVERY_MS = 60 * 60_000;
const LOCKS_PER_STALENESS = 3;

/** Trims the timeline and looks after stale locks, now and from time to time, until it is disposed. */
export function startTimelineUpkeep(core: Core): Disposable {
  const stop = new AbortController();
  void repeat(core, { what: "timeline not trimmed", everyMs: TRIM_EVERY_MS }, stop.signal, async () => {
    const lines = await trimTimeline(core, stop.signal);
    if (lines > 0) core.log.info("timeline trimmed", { lines });
  });
  let where: "all" | "locked" = "all";
  const everyMs = core.limits.lockStaleMs / LOCKS_PER_STALENESS;
  void repeat(core, { what: "locks not looked after", everyMs }, stop.signal, async () => {
    await tellStaleLocks(core, where, stop.signal);
    where = "locked"; // those that came later are known
  });
  return { [Symbol.dispose]: () => stop.abort() };
}

async function repeat(
  core: Core,
  { what, everyMs }: { readonly what: string; readonly everyMs: number },
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await work().catch((error: unknown) => {
      if (!signal.aborted) core.log.error(what, { error });
    });
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {}); // aborted
  }
}
