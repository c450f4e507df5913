import { removeAccount } from "#domain/access/remove-account.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast account remove` */
export const accountRemove: Command<{ name: string }> = async (context, { name }) => {
  await withCore(context, async (core) => await removeAccount(core, OPERATOR, { name }));
  context.show({ name, removed: true }, [
    `Account ${name} is removed, with its logins and grants; the name is never given out again.`,
    "Its repositories stay on the disk; ./holdfast grant add lets another account use them.",
  ]);
  return 0;
};
