import type { Draw } from "#db/quota-ledger.ts";
import { shown } from "#db/shown.ts";
import type { ReadConnection } from "#db/tables.ts";
import { formatBytes } from "#lib/format-bytes.ts";
import { HubError } from "#model/hub-error.ts";

/** What is said to an upload that a quota has no room for: whose quota, and how much of it is used. */
export async function quotaRefusal(
  db: ReadConnection,
  drawn: Extract<Draw, { readonly kind: "refused" }>,
  needBytes: number,
): Promise<HubError> {
  const { scope, key, usedBytes, hardBytes } = drawn;
  const account =
    scope === "account" ? await db.selectFrom("account").select("name").where("id", "=", Number(key)).executeTakeFirst() : undefined;
  const who = scope === "hub" ? "this server" : scope === "account" ? `account ${brief(account?.name ?? key)}` : `repository ${brief(key)}`;
  return new HubError(
    "quota_exceeded",
    `Quota: no ${formatBytes(needBytes)} left, ${who} uses ${formatBytes(usedBytes)} of ${formatBytes(hardBytes)}`,
  );
}

/** A name that leaves room for the sentence within the 80 characters of a HubError. */
function brief(name: string): string {
  const text = shown(name);
  return text.length <= 20 ? text : `${text.slice(0, 17)}...`;
}
