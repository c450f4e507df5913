import { showAccount } from "#domain/access/show-account.ts";
import type { Command } from "../command-context.ts";
import { timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast account show` */
export const accountShow: Command<{ name: string }> = async (context, { name }) => {
  const { account, logins, grants } = await withCore(context, async (core) => await showAccount(core, { name }));
  const { createdAtMs, disabledAtMs } = account;
  context.show(
    {
      name: account.name,
      logins,
      disabled: disabledAtMs !== undefined,
      disabledAt: disabledAtMs === undefined ? null : timeOf(disabledAtMs),
      createdAt: timeOf(createdAtMs),
      grants: grants.map(({ path, role }) => ({ path, role })),
    },
    [
      `name     ${account.name}`,
      `logins   ${logins.join(", ")}`,
      `state    ${disabledAtMs === undefined ? "active" : `disabled since ${timeOf(disabledAtMs)}`}`,
      `created  ${timeOf(createdAtMs)}`,
      ...grants.map(({ path, role }) => `grant    ${role} on ${path}`),
    ],
  );
  return 0;
};
