import { setCleanupOnly } from "#domain/removal/set-cleanup-only.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast repository set` */
export const repositorySet: Command<{ path: string; cleanupOnly: "on" | "off" }> = async (context, input) => {
  const cleanupOnly = input.cleanupOnly === "on";
  const { path, markedAt } = await withCore(
    context,
    async (core) => await setCleanupOnly(core, OPERATOR, { path: input.path, cleanupOnly }),
  );
  const isStill = !cleanupOnly && markedAt !== undefined;
  context.show({ path, cleanupOnly: markedAt !== undefined, by: markedAt ?? null }, [
    cleanupOnly
      ? `In ${path} and below nobody removes anything without an open clean-up window.`
      : isStill
        ? `The mark on ${path} is off, but the one on ${markedAt} still counts here.`
        : `In ${path} who has the role maintain removes at any time.`,
  ]);
  return 0;
};
