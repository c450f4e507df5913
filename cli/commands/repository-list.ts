import { listRepositories } from "#domain/repositories/list-repositories.ts";
import type { Command } from "../command-context.ts";
import { dayOf, timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast repository list` */
export const repositoryList: Command<undefined> = async (context) => {
  const repositories = await withCore(context, async (core) => await Array.fromAsync(listRepositories(core)));
  context.showTable(
    repositories.map(({ path, home, createdAtMs }) => ({ path, home, createdAt: timeOf(createdAtMs) })),
    {
      headings: ["PATH", "HOME", "CREATED"],
      rows: repositories.map(({ path, home, createdAtMs }) => [path, home, dayOf(createdAtMs)]),
      empty:
        "None seen yet; one that lies here already is listed after its first use. restic init makes one, or: ./holdfast repository add PATH",
    },
  );
  return 0;
};
