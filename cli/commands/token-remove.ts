import { removeToken } from "#domain/access/remove-token.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast token remove` */
export const tokenRemove: Command<{ name: string }> = async (context, { name }) => {
  await withCore(context, async (core) => await removeToken(core, OPERATOR, { name }));
  context.show({ name, removed: true }, [`Token ${name} is removed. Its name may be used again.`]);
  return 0;
};
