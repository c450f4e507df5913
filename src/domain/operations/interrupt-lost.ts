import type { Core } from "../core.ts";

const LOOKS_PER_LEASE = 3;
const MOST = 500; // of one write; the next looks after the rest

/**
 * Ends what processes have left running that live no more: now those that `isDead` knows, later each whose beat stands still for
 * `timelineLeaseMs`. It goes by the number that they raise and by our own running time, so a clock that jumps ends nobody.
 */
export async function interruptLost(core: Core, isDead: (process: string) => boolean): Promise<Disposable> {
  const seen = new Map<string, { readonly beat: number | undefined; readonly sinceMs: number }>();
  const look = async (isFirst: boolean) => {
    const nowMs = performance.now();
    const processes = await core.database.list("listOperationProcesses", {});
    for (const known of seen.keys()) if (!processes.some(({ process }) => process === known)) seen.delete(known);
    for (const { process, beat } of processes) {
      const before = seen.get(process);
      if (before === undefined || before.beat !== beat) seen.set(process, { beat, sinceMs: nowMs });
      const isStill = before?.beat === beat && before !== undefined && nowMs - before.sinceMs >= core.limits.timelineLeaseMs;
      if (isStill || (isFirst && isDead(process))) await interruptProcess(core, process);
    }
  };
  await look(true);
  const timer = setInterval(() => {
    look(false).catch((error: unknown) => core.log.warn("lost operations not looked after", { error }));
  }, core.limits.timelineLeaseMs / LOOKS_PER_LEASE);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Ends what a process has left running that lives no more. */
export async function interruptProcess(core: Core, process: string): Promise<void> {
  let interrupted = MOST;
  while (interrupted === MOST) interrupted = await core.database.write("interruptOperations", { process, nowMs: core.clock() });
  core.timelineBus.tell();
}
