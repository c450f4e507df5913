import { listTrees } from "#domain/imports/list-trees.ts";
import type { CommandContext } from "../command-context.ts";
import { hasHub, withCore } from "../with-core.ts";
import { type Check, failedCheck } from "./check.ts";

const ADVICE = "mount its disk, or give it to this user; holdfast import forget gives the folder up";

/** Whether the folders that are adopted in place are there and can be written; nothing where there are none. */
export async function checkAdopted(context: CommandContext): Promise<Check[]> {
  const name = "adopted folders";
  if (!hasHub(context.loadConfig())) return [];
  try {
    return await withCore(context, async (core) => {
      const folders = (await listTrees(core)).map(({ folder }) => folder);
      if (folders.length === 0) return [];
      const { problem } = await core.storage.check(context.signal);
      if (problem !== undefined) return [{ name, status: "wrong", what: problem, advice: ADVICE }];
      return [{ name, status: "ok", what: folders.join(", ") }];
    });
  } catch (error) {
    return [failedCheck(name, error, "see what the check of the database says")];
  }
}
