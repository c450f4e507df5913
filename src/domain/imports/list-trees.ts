import { listEntryPaths } from "#db/entry-paths.ts";
import type { Core } from "../core.ts";
import { MAIN } from "./plan-tree.ts";

/** Every tree that is adopted in place: where it stands, and where it lies. A few dozen at most. */
export async function listTrees(core: Core): Promise<readonly { readonly at: string; readonly folder: string }[]> {
  const paths = await listEntryPaths(core.database.read, MAIN);
  return paths.map(({ prefix, folder }) => ({ at: `/${prefix}/`, folder }));
}
