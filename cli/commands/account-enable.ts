import { enableAccount } from "#domain/access/disable-account.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast account enable` */
export const accountEnable: Command<{ name: string }> = async (context, { name }) => {
  await withCore(context, async (core) => await enableAccount(core, OPERATOR, { name }));
  context.show({ name, disabled: false }, [`Account ${name} can sign in again, with the password it had.`]);
  return 0;
};
