import { disableAccount } from "#domain/access/disable-account.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast account disable` */
export const accountDisable: Command<{ name: string }> = async (context, { name }) => {
  await withCore(context, async (core) => await disableAccount(core, OPERATOR, { name }));
  context.show({ name, disabled: true }, [
    `Account ${name} can no longer sign in. Its repositories stay on the disk, its grants stay as they are.`,
    `holdfast account enable ${name} takes this back.`,
  ]);
  return 0;
};
