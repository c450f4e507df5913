import { rotateCredential } from "#domain/access/rotate-credential.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { readPassword } from "../read-password.ts";
import { withCore } from "../with-core.ts";

/** `holdfast account rotate`: a new password for a login, shown this once. */
export const accountRotate: Command<{ login: string; passwordStdin?: boolean }> = async (context, input) => {
  const secret = input.passwordStdin === true ? { secret: await readPassword(context.signal) } : {};
  const rotated = await withCore(context, async (core) => await rotateCredential(core, OPERATOR, { login: input.login, ...secret }));
  context.show({ login: rotated.login, password: rotated.secret }, [
    `The password of ${rotated.login} is now ${rotated.secret}`,
    "It is not shown again. The old one has stopped working; put the new one into the URL on that machine.",
  ]);
  return 0;
};
