import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";
import { MAIN, readPlace } from "./plan-tree.ts";

/**
 * Gives an adopted tree back: it is no longer served, and no file of it is touched. Accounts, grants and the rows of its repositories
 * stay. Throws `not_found`, `invalid_input`, and `forbidden` while a hold covers any of it: what is held may not get out of reach either.
 */
export async function forgetTree(core: Core, by: Actor, input: { readonly at: string }): Promise<{ readonly at: string }> {
  const { prefix, at, base } = readPlace(input.at, core.limits);
  await requireUnheld(core, base);
  const removed = await core.database.write("removeEntryPath", { entry: MAIN, prefix, nowMs: core.clock(), by });
  if (!removed) throw new HubError("not_found", `Nothing is adopted at ${at}`);
  return { at };
}

const PAGE = 500;

/** Throws `forbidden` while a hold that is not over counts for something at or below that path. */
async function requireUnheld(core: Core, path: string): Promise<void> {
  const { earliestMs } = core.time.moment();
  for (let after = 0; ; ) {
    const page = await core.database.list("listHolds", { countingBelow: [path], after, limit: PAGE });
    const hold = page.find(({ term }) => term.kind === "rolling" || earliestMs < term.untilMs);
    if (hold !== undefined) throw new HubError("forbidden", `Hold ${hold.id} covers something there; it has to be lifted first`);
    if (page.length < PAGE) return;
    after = page.at(-1)?.id ?? after;
  }
}
