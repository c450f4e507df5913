import { listHolds } from "#domain/removal/list-holds.ts";
import type { Command } from "../command-context.ts";
import { holdFacts, termText } from "../removal-facts.ts";
import { withCore } from "../with-core.ts";

/** `holdfast hold list` */
export const holdList: Command<{ path?: string }> = async (context, input) => {
  const { holds, nowMs } = await withCore(context, async (core) => ({
    holds: await Array.fromAsync(listHolds(core, input)),
    nowMs: core.clock(),
  }));
  context.showTable(holds.map(holdFacts), {
    headings: ["NUMBER", "PATH", "HELD", "REASON"],
    rows: holds.map(({ id, path, term, reason }) => [
      `${id}`,
      path,
      term.kind === "fixed" && term.untilMs <= nowMs ? "over" : termText(term),
      reason,
    ]),
    empty: "No such hold",
  });
  return 0;
};
