import { setTimeout as sleep } from "node:timers/promises";
import type { Check } from "./check.ts";

const SAMPLE_MS = 200;
const MOST_DRIFT_MS = 50;

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
