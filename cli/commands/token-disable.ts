import { disableToken } from "#domain/access/disable-token.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast token disable` */
export const tokenDisable: Command<{ name: string }> = async (context, { name }) => {
  await withCore(context, async (core) => await disableToken(core, OPERATOR, { name }));
  context.show({ name, disabled: true }, [`Token ${name} is disabled; every request with it is refused.`]);
  return 0;
};
