import type { Log } from "#lib/log.ts";
import type { Limits } from "#limits.ts";
import type { HubTime } from "./hub-time.ts";

/** Counts the hub's running time every `runningCountMs`, until it is disposed: so a process without upkeep notices a `clock reset`, too. */
export function startCountingTime(
  time: HubTime,
  { limits, log }: { readonly limits: Pick<Limits, "runningCountMs">; readonly log: Log },
): Disposable {
  const timer = setInterval(() => {
    time.count().catch((error: unknown) => log.warn("the time was not counted", { error }));
  }, limits.runningCountMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
