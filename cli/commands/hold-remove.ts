import { removeHold } from "#domain/removal/remove-hold.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { readId } from "../read-number.ts";
import { holdFacts } from "../removal-facts.ts";
import { withCore } from "../with-core.ts";

/** `holdfast hold remove` */
export const holdRemove: Command<{ id: string }> = async (context, { id }) => {
  const hold = await withCore(context, async (core) => await removeHold(core, OPERATOR, { id: readId(id) }));
  context.show({ ...holdFacts(hold), removed: true }, [`Hold ${hold.id} on ${hold.path} is lifted: ${hold.reason}`]);
  return 0;
};
