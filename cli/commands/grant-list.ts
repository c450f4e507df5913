import { listGrants } from "#domain/access/list-grants.ts";
import { readPath } from "#domain/access/set-grant.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast grant list` */
export const grantList: Command<{ account?: string; path?: string }> = async (context, { account, path }) => {
  const grants = await withCore(context, async (core) => {
    const filter = {
      ...(account === undefined ? {} : { accountName: account }),
      ...(path === undefined ? {} : { paths: [readPath(core, path).text] }),
    };
    return await Array.fromAsync(listGrants(core, filter));
  });
  context.showTable(
    grants.map((grant) => ({ account: grant.accountName, path: grant.path, role: grant.role })),
    {
      headings: ["ACCOUNT", "PATH", "ROLE"],
      rows: grants.map((grant) => [grant.accountName, grant.path, grant.role]),
      empty: "No such grant",
    },
  );
  return 0;
};
