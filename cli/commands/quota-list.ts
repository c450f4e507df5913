import { listQuotas } from "#domain/quotas/list-quotas.ts";
import { formatBytes } from "#lib/format-bytes.ts";
import type { Command } from "../command-context.ts";
import { scopeJson, scopeText } from "../quota-scope.ts";
import { withCore } from "../with-core.ts";

/** `holdfast quota list` */
export const quotaList: Command<undefined> = async (context) => {
  const quotas = await withCore(context, async (core) => await Array.fromAsync(listQuotas(core)));
  const limit = (bytes: number | undefined) => (bytes === undefined ? "" : formatBytes(bytes));
  context.showTable(
    quotas.map(({ scope, usedBytes, softBytes, hardBytes }) => ({
      ...scopeJson(scope),
      usedBytes,
      softBytes: softBytes ?? null,
      hardBytes: hardBytes ?? null,
    })),
    {
      headings: ["QUOTA OF", "USED", "SOFT", "HARD"],
      rows: quotas.map(({ scope, usedBytes, softBytes, hardBytes }) => [
        scopeText(scope),
        formatBytes(usedBytes),
        limit(softBytes),
        limit(hardBytes),
      ]),
      empty: "No quota is set; everybody may fill the disk up to its reserve",
    },
  );
  return 0;
};
