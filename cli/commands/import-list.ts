import { listTrees } from "#domain/imports/list-trees.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast import list` */
export const importList: Command<undefined> = async (context) => {
  const trees = await withCore(context, async (core) => await listTrees(core));
  context.showTable(trees, {
    headings: ["AT", "FOLDER"],
    rows: trees.map(({ at, folder }) => [at, folder]),
    empty: "No folder is adopted in place. holdfast import rest-server adopts one.",
  });
  return 0;
};
