import { listModes } from "#domain/modes/set-mode.ts";
import type { Command } from "../command-context.ts";
import { timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast mode list` */
export const modeList: Command<undefined> = async (context) => {
  const modes = await withCore(context, listModes);
  context.showTable(
    modes.map(({ scope, mode, reason, sinceMs }) => ({ scope, mode, reason, since: timeOf(sinceMs) })),
    {
      headings: ["WHERE", "MODE", "SINCE", "REASON"],
      rows: modes.map(({ scope, mode, reason, sinceMs }) => [scope, mode.replace("_", "-"), timeOf(sinceMs), reason]),
      empty: "Nothing is in a mode: clients may do what their roles allow.",
    },
  );
  return 0;
};
