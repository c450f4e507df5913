import { formatBytes } from "#lib/format-bytes.ts";
import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { QuotaLimits, QuotaScope } from "#model/quota.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";

export interface SetQuotaRequest {
  readonly scope: QuotaScope;
  /** Undefined leaves the limit as it is, null takes it away. */
  readonly softBytes?: number | null | undefined;
  readonly hardBytes?: number | null | undefined;
}

/**
 * Sets how much may be stored in a repository, by an account or here altogether; resolves to the limits in force. It holds for uploads
 * that begin from now on. Throws `invalid_input`, `not_found` for an account that is not there.
 */
export async function setQuota(core: Core, by: Actor, { scope, softBytes, hardBytes }: SetQuotaRequest): Promise<QuotaLimits> {
  if (softBytes === undefined && hardBytes === undefined)
    throw new HubError("invalid_input", "A quota needs a soft limit, a hard limit or both");
  for (const bytes of [softBytes, hardBytes]) {
    if (typeof bytes === "number" && !(Number.isSafeInteger(bytes) && bytes >= 0)) {
      throw new HubError("invalid_input", "A limit is a whole number of bytes");
    }
  }
  const read = readScope(core, scope);
  const changes = [textOf("soft", softBytes), textOf("hard", hardBytes)].filter((text) => text !== undefined);
  return await core.database.write("setQuota", { scope: read, softBytes, hardBytes, summary: changes.join(", "), nowMs: core.clock(), by });
}

/** The scope with its path as rows have it. Throws `invalid_input`. */
export function readScope(core: Core, scope: QuotaScope): QuotaScope {
  return scope.kind === "repository" ? { kind: "repository", path: readPath(core, scope.path).text } : scope;
}

function textOf(limit: "soft" | "hard", bytes: number | null | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  return bytes === null ? `no ${limit} limit` : `${limit} limit ${formatBytes(bytes)}`;
}
