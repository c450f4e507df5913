import { listAccounts } from "#domain/access/list-accounts.ts";
import type { Command } from "../command-context.ts";
import { dayOf, timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast account list` */
export const accountList: Command<undefined> = async (context) => {
  const accounts = await withCore(context, async (core) => await Array.fromAsync(listAccounts(core)));
  context.showTable(
    accounts.map(({ name, logins, createdAtMs, disabledAtMs }) => ({
      name,
      logins,
      disabled: disabledAtMs !== undefined,
      createdAt: timeOf(createdAtMs),
    })),
    {
      headings: ["NAME", "LOGINS", "STATE", "CREATED"],
      rows: accounts.map(({ name, logins, createdAtMs, disabledAtMs }) => [
        name,
        logins.join(","),
        disabledAtMs === undefined ? "active" : `disabled ${dayOf(disabledAtMs)}`,
        dayOf(createdAtMs),
      ]),
      empty: "No account yet; make one with: ./holdfast account add laptop",
    },
  );
  return 0;
};
