import { enableToken } from "#domain/access/disable-token.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast token enable` */
export const tokenEnable: Command<{ name: string }> = async (context, { name }) => {
  await withCore(context, async (core) => await enableToken(core, OPERATOR, { name }));
  context.show({ name, disabled: false }, [`Token ${name} may be used again.`]);
  return 0;
};
