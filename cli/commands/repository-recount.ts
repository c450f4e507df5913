import { recountRepository } from "#domain/quotas/recount-repository.ts";
import { formatBytes } from "#lib/format-bytes.ts";
import { COUNTED_TYPES } from "#model/quota.ts";
import type { Command } from "../command-context.ts";
import { findRunningHub } from "../running-hub.ts";
import { withCore } from "../with-core.ts";

/** `holdfast repository recount` */
export const repositoryRecount: Command<{ path: string }> = async (context, input) => {
  const { path, use } = await withCore(context, async (core, config) => {
    const hubRuns = findRunningHub(config.data) !== undefined;
    return await recountRepository(core, { ...input, hubRuns }, context.signal);
  });
  const sizeBytes = COUNTED_TYPES.reduce((sum, type) => sum + use[type].sizeBytes, 0);
  context.show({ path, sizeBytes, objects: use }, [`${path} is counted: ${formatBytes(sizeBytes)} in ${countOf(use)} objects.`]);
  return 0;
};

function countOf(use: Readonly<Record<string, { readonly count: number }>>): number {
  return Object.values(use).reduce((sum, { count }) => sum + count, 0);
}
