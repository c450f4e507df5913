import { listTokens } from "#domain/access/list-tokens.ts";
import type { ApiToken } from "#model/api-token.ts";
import type { Command } from "../command-context.ts";
import { dayOf, timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast token list` */
export const tokenList: Command<undefined> = async (context) => {
  const { tokens, nowMs } = await withCore(context, async (core) => ({
    tokens: await Array.fromAsync(listTokens(core)),
    nowMs: core.time.latestMs(),
  }));
  const orNull = (ms: number | undefined) => (ms === undefined ? null : timeOf(ms));
  context.showTable(
    tokens.map(({ name, scopes, createdAtMs, expiresAtMs, disabledAtMs, lastUsedAtMs }) => ({
      name,
      scopes,
      disabled: disabledAtMs !== undefined,
      createdAt: timeOf(createdAtMs),
      expiresAt: orNull(expiresAtMs),
      lastUsedAt: orNull(lastUsedAtMs),
    })),
    {
      headings: ["NAME", "SCOPES", "STATE", "EXPIRES", "LAST USED", "CREATED"],
      rows: tokens.map((token) => [
        token.name,
        token.scopes.join(","),
        stateOf(token, nowMs),
        token.expiresAtMs === undefined ? "never" : dayOf(token.expiresAtMs),
        token.lastUsedAtMs === undefined ? "never" : dayOf(token.lastUsedAtMs),
        dayOf(token.createdAtMs),
      ]),
      empty: "No token yet; make one with: ./holdfast token add grafana --scope metrics",
    },
  );
  return 0;
};

function stateOf({ disabledAtMs, expiresAtMs }: ApiToken, nowMs: number): string {
  if (disabledAtMs !== undefined) return `disabled ${dayOf(disabledAtMs)}`;
  return expiresAtMs !== undefined && expiresAtMs <= nowMs ? "expired" : "active";
}
