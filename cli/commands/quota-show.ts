import { showQuota } from "#domain/quotas/show-quota.ts";
import { formatBytes } from "#lib/format-bytes.ts";
import type { Command } from "../command-context.ts";
import { readScopeFlags, type ScopeFlags, scopeJson, scopeText } from "../quota-scope.ts";
import { withCore } from "../with-core.ts";

/** `holdfast quota show` */
export const quotaShow: Command<ScopeFlags> = async (context, input) => {
  const quota = await withCore(context, async (core) => await showQuota(core, { scope: readScopeFlags(input) }));
  const { scope, usedBytes, drawnBytes, uncounted, softBytes, hardBytes } = quota;
  const limit = (bytes: number | undefined) => (bytes === undefined ? "no limit" : formatBytes(bytes));
  const json = { usedBytes, drawnBytes, uncountedRepositories: uncounted, softBytes: softBytes ?? null, hardBytes: hardBytes ?? null };
  context.show({ ...scopeJson(scope), ...json }, [
    `of    ${scopeText(scope)}`,
    `used  ${formatBytes(usedBytes)}${drawnBytes > 0 ? `, and ${formatBytes(drawnBytes)} set aside for uploads` : ""}`,
    `soft  ${limit(softBytes)}`,
    `hard  ${limit(hardBytes)}`,
    ...(uncounted > 0 ? [`      ${uncounted} repositories are still to be counted`] : []),
  ]);
  return 0;
};
