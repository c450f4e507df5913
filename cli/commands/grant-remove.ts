import { removeGrant } from "#domain/access/remove-grant.ts";
import { readPath } from "#domain/access/set-grant.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast grant remove` */
export const grantRemove: Command<{ accountName: string; path: string }> = async (context, input) => {
  const path = await withCore(context, async (core) => {
    await removeGrant(core, OPERATOR, input);
    return readPath(core, input.path).text;
  });
  context.show({ account: input.accountName, path, removed: true }, [
    `${input.accountName} no longer has the grant on ${path}. If it has one on a path above, that one counts.`,
  ]);
  return 0;
};
