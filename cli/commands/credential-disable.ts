import { disableCredential } from "#domain/access/disable-credential.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast credential disable` */
export const credentialDisable: Command<{ login: string }> = async (context, { login }) => {
  await withCore(context, async (core) => await disableCredential(core, OPERATOR, { login }));
  context.show({ login, disabled: true }, [
    `${login} is refused from its next request on; a transfer that is under way may end.`,
    `holdfast credential enable ${login} takes this back.`,
  ]);
  return 0;
};
