import { setQuota } from "#domain/quotas/set-quota.ts";
import { formatBytes } from "#lib/format-bytes.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { readScopeFlags, type ScopeFlags, scopeJson, scopeText } from "../quota-scope.ts";
import { readSize } from "../read-size.ts";
import { withCore } from "../with-core.ts";

/** `holdfast quota set` */
export const quotaSet: Command<ScopeFlags & { soft?: string; hard?: string }> = async (context, input) => {
  const scope = readScopeFlags(input);
  const limits = { softBytes: readSize(input.soft), hardBytes: readSize(input.hard) };
  const { softBytes, hardBytes } = await withCore(context, async (core) => await setQuota(core, OPERATOR, { scope, ...limits }));
  const text = (bytes: number | undefined) => (bytes === undefined ? "no limit" : formatBytes(bytes));
  context.show({ ...scopeJson(scope), softBytes: softBytes ?? null, hardBytes: hardBytes ?? null }, [
    `Quota of ${scope.kind === "hub" ? "the hub" : scopeText(scope)}: soft ${text(softBytes)}, hard ${text(hardBytes)}. It counts from the next upload on.`,
  ]);
  return 0;
};
