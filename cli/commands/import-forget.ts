import { forgetTree } from "#domain/imports/forget-tree.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast import forget` */
export const importForget: Command<{ at: string }> = async (context, input) => {
  const { at } = await withCore(context, async (core) => await forgetTree(core, OPERATOR, input));
  context.show({ at }, [`What was adopted at ${at} is no longer served. No file in it was touched; accounts and grants stay.`]);
  return 0;
};
