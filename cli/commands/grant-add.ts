import { readPath, setGrant } from "#domain/access/set-grant.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Role } from "#model/permissions.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast grant add` */
export const grantAdd: Command<{ accountName: string; path: string; role: Role }> = async (context, input) => {
  const path = await withCore(context, async (core) => {
    await setGrant(core, OPERATOR, input);
    return readPath(core, input.path).text;
  });
  context.show({ account: input.accountName, path, role: input.role }, [
    `${input.accountName} has the role ${input.role} on ${path} and everything below it.`,
  ]);
  return 0;
};
