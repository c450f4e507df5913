import { openCleanupWindow } from "#domain/removal/open-cleanup-window.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { readNumber } from "../read-number.ts";
import { windowFacts } from "../removal-facts.ts";
import { timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast cleanup open` */
export const cleanupOpen: Command<{ name: string; path: string; minutes: string; account?: boolean; reason: string }> = async (
  context,
  input,
) => {
  const { name, path, reason } = input;
  const owner = { kind: input.account === true ? "account" : "login", name } as const;
  const durationMs = readNumber(input.minutes, "--minutes") * 60_000;
  const window = await withCore(context, async (core) => await openCleanupWindow(core, OPERATOR, { owner, path, durationMs, reason }));
  context.show(windowFacts(window, window.opensAtMs), [
    `Window ${window.id}: the ${window.owner.kind} ${window.owner.name} may remove in ${window.path} and below until ${timeOf(window.closesAtMs).slice(0, 16)}Z.`,
  ]);
  return 0;
};
