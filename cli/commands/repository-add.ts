import { addRepository } from "#domain/repositories/add-repository.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast repository add` */
export const repositoryAdd: Command<{ path: string }> = async (context, input) => {
  const { path } = await withCore(context, async (core) => await addRepository(core, OPERATOR, input, context.signal), { creates: true });
  context.show({ path }, [`The folders of ${path} are there. A client makes a repository of them with: restic init`]);
  return 0;
};
