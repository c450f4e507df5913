import { enableCredential } from "#domain/access/disable-credential.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast credential enable` */
export const credentialEnable: Command<{ login: string }> = async (context, { login }) => {
  await withCore(context, async (core) => await enableCredential(core, OPERATOR, { login }));
  context.show({ login, disabled: false }, [`${login} can sign in again, as before.`]);
  return 0;
};
