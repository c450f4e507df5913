import { accessSentences, showAccess } from "#domain/access/show-access.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast access show` */
export const accessShow: Command<{ account: string; login?: string; path?: string }> = async (context, { account, login, path }) => {
  const shown = await withCore(context, async (core) => await showAccess(core, { name: account, login, path }));
  const told = accessSentences(shown);
  const none = `${account} has no login, so nobody signs in as it; ./holdfast credential add gives it one.`;
  context.show(told, [...(shown.statements.length === 0 ? [none] : []), ...told.map(({ sentence }) => `${sentence}.`)]);
  return 0;
};
