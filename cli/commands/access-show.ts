import { accessSentence } from "#domain/access/access-sentence.ts";
import { showAccess } from "#domain/access/show-access.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast access show` */
export const accessShow: Command<{ account: string; login?: string; path?: string }> = async (context, { account, login, path }) => {
  const statements = await withCore(context, async (core) => await showAccess(core, { name: account, login, path }));
  const none = [`${account} has no login, so nobody signs in as it; ./holdfast credential add gives it one.`];
  context.show(
    statements.map((statement) => ({ ...statement, sentence: accessSentence(statement) })),
    statements.length === 0 ? none : statements.map((statement) => `${accessSentence(statement)}.`),
  );
  return 0;
};
