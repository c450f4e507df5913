import { setTimeout as sleep } from "node:timers/promises";
import type { CommandContext } from "../command-context.ts";
import { timeOf } from "../time-of.ts";
import { hasHub, withCore } from "../with-core.ts";
import { type Check, failedCheck } from "./check.ts";

const SAMPLE_MS = 200;
const MOST_DRIFT_MS = 50;

const MOST_BEHIND_MS = 60_000;

/** Whether the clock is where the hub has seen it before; nothing where there is no hub. */
export async function checkClockOfHub(context: CommandContext): Promise<Check[]> {
  const name = "latest time";
  if (!hasHub(context.loadConfig())) return [];
  try {
    const { latestMs, behindMs } = await withCore(context, async ({ time }) => ({ latestMs: time.latestMs(), behindMs: time.behindMs }));
    if (behindMs <= MOST_BEHIND_MS) return [{ name, status: "ok", what: "the clock is not behind what it has shown before" }];
    const what = `windows, logins and tokens end by ${timeOf(latestMs)}, which the clock has shown before`;
    return [{ name, status: "warning", what, advice: "set the clock; if it is right now and was wrong then: holdfast clock reset" }];
  } catch (error) {
    return [failedCheck(name, error, "see what the check of the database says")];
  }
}

/** Whether the clock shows a year that can be, and runs as fast as time does. Takes 200 ms. */
export async function checkClock(signal: AbortSignal): Promise<Check> {
  const name = "clock";
  const wallMs = Date.now();
  const steadyMs = performance.now();
  await sleep(SAMPLE_MS, undefined, { signal });
  const driftMs = Math.round(Date.now() - wallMs - (performance.now() - steadyMs));
  const now = new Date();
  const what = `${now.toISOString().slice(0, 19)}Z`;
  if (now.getUTCFullYear() < 2025 || now.getUTCFullYear() > 2100) {
    return { name, status: "wrong", what, advice: "set the clock: what may be removed when hangs on it" };
  }
  if (Math.abs(driftMs) > MOST_DRIFT_MS) {
    return {
      name,
      status: "warning",
      what: `${what}; it jumped by ${driftMs} ms just now`,
      advice: "look at what sets the clock (chrony, ntpd, the hypervisor)",
    };
  }
  return { name, status: "ok", what };
}
