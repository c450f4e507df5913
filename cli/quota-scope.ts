import { HubError } from "#model/hub-error.ts";
import type { QuotaScope } from "#model/quota.ts";

/** The flags that say what a quota is about. */
export interface ScopeFlags {
  readonly repository?: string;
  readonly account?: string;
  readonly hub?: boolean;
}

/** The one scope that the flags name. Throws `invalid_input` for none or several. */
export function readScopeFlags({ repository, account, hub }: ScopeFlags): QuotaScope {
  const scopes: QuotaScope[] = [];
  if (repository !== undefined) scopes.push({ kind: "repository", path: repository });
  if (account !== undefined) scopes.push({ kind: "account", name: account });
  if (hub === true) scopes.push({ kind: "hub" });
  const [scope, ...more] = scopes;
  if (scope === undefined || more.length > 0) {
    throw new HubError("invalid_input", "Name one of --repository PATH, --account NAME and --hub");
  }
  return scope;
}

/** For tables and sentences: `account laptop`, `repository /laptop/`, `hub`. */
export function scopeText(scope: QuotaScope): string {
  if (scope.kind === "hub") return "hub";
  return scope.kind === "account" ? `account ${scope.name}` : `repository ${scope.path}`;
}

/** For scripts. */
export function scopeJson(scope: QuotaScope): {
  readonly scope: QuotaScope["kind"];
  readonly account?: string;
  readonly repository?: string;
} {
  if (scope.kind === "hub") return { scope: "hub" };
  return scope.kind === "account" ? { scope: "account", account: scope.name } : { scope: "repository", repository: scope.path };
}
