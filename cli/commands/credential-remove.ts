import { removeCredential } from "#domain/access/remove-credential.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast credential remove` */
export const credentialRemove: Command<{ login: string }> = async (context, { login }) => {
  const left = await withCore(context, async (core) => await removeCredential(core, OPERATOR, { login }));
  context.show({ login, removed: true, left }, [
    `${login} is removed; that login is never given out again.`,
    ...(left === 0 ? ["Its account has no other; ./holdfast credential add gives it one."] : []),
  ]);
  return 0;
};
