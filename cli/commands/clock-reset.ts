import { resetClock } from "#domain/removal/reset-clock.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast clock reset` */
export const clockReset: Command<undefined> = async (context) => {
  const { latestMs, nowMs } = await withCore(context, async (core) => await resetClock(core, OPERATOR));
  context.show({ before: timeOf(latestMs), now: timeOf(nowMs) }, [
    `What ends goes by the clock again: ${timeOf(nowMs)}, and no longer by ${timeOf(latestMs)}. A running hub takes it up within minutes.`,
  ]);
  return 0;
};
