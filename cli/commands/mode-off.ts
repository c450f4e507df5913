import { clearMode } from "#domain/modes/set-mode.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast mode off` */
export const modeOff: Command<{ path: string | undefined }> = async (context, { path }) => {
  await withCore(context, async (core) => await clearMode(core, OPERATOR, { path }));
  context.show({ path: path ?? null, mode: null }, [`${path ?? "The whole hub"} is back to work.`]);
  return 0;
};
