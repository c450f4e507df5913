import { type ModeSetting, WHOLE_HUB } from "#model/mode.ts";
import type { Caller } from "../access/caller.ts";
import type { Core } from "../core.ts";
import { listModes } from "./set-mode.ts";

/** Up to `limit` of the modes that exist for `caller`, by scope, behind `after`: that of the hub, and those that count where it has a role. */
export async function pageOfModes(
  core: Core,
  caller: Caller,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly ModeSetting[]> {
  const modes = await listModes(core); // bounded: no more can be set
  const visible = modes.filter(({ scope }) => scope === WHOLE_HUB || caller.isConcernedBy(scope));
  // The database may sort as people do.
  const sorted = visible.toSorted((one, other) => (one.scope < other.scope ? -1 : 1));
  return sorted.filter(({ scope }) => after === undefined || scope > after).slice(0, limit);
}
