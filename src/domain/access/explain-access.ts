import type { Account, CredentialKind, Grant } from "#model/account.ts";
import { lesserRole, type Role } from "#model/permissions.ts";
import { grantOn } from "./role-on.ts";

/** One thing that is true of a login: `login` is its subject, what follows from the `kind` is the rest. */
export type AccessStatement = { readonly login: string } & AccessFact;

/**
 * - `may`          what it may do at a path: `role`, from the grant on `grantPath`; less than that grant where it is `cappedFrom` more
 * - `may_nothing`  it has no role at a path, or nowhere at all
 * - `proves`       how it proves who it is
 * - `disabled`     it, or its account, is switched off since
 * - `expired` `expires`
 * - `only_from`    the addresses that it may be used from
 * - `old_secret`   the secret before the present one still works, until
 */
export type AccessFact =
  | {
      readonly kind: "may";
      readonly path: string;
      readonly role: Role;
      readonly grantPath: string;
      readonly cappedFrom: Role | undefined;
      /** Whether everything below the path is meant too. */
      readonly below: boolean;
      /** Paths below it that have a grant of their own. */
      readonly except: readonly string[];
    }
  | { readonly kind: "may_nothing"; readonly path: string | undefined }
  | { readonly kind: "proves"; readonly by: CredentialKind; readonly certificateName: string | undefined }
  | { readonly kind: "disabled"; readonly what: "account" | "login"; readonly sinceMs: number }
  | { readonly kind: "expired" | "expires"; readonly atMs: number }
  | { readonly kind: "only_from"; readonly addresses: readonly string[] }
  | { readonly kind: "old_secret"; readonly untilMs: number };

/** What is said of a credential, of all that is known of it. */
export interface ExplainedCredential {
  readonly login: string;
  readonly kind: CredentialKind;
  readonly certificateName: string | undefined;
  readonly disabledAtMs: number | undefined;
  readonly expiresAtMs: number | undefined;
  readonly addresses: readonly string[];
  readonly mostRole: Role | undefined;
  readonly previousSecretUntilMs: number | undefined;
}

export interface AccessQuestion {
  readonly account: Account;
  readonly credentials: readonly ExplainedCredential[];
  readonly grants: readonly Grant[];
  readonly nowMs: number;
  /** Only this repository's path, `/laptop/photos/`; else every path that was granted. */
  readonly path?: string | undefined;
}

/** What each credential of an account may do where, and why; credential by credential, first what it may, then what stands in its way. Pure. */
export function explainAccess({ account, credentials, grants, nowMs, path }: AccessQuestion): AccessStatement[] {
  return credentials.flatMap((credential) => {
    const facts = [...placesOf(credential, grants, path), ...conditionsOf(credential, account, nowMs)];
    return facts.map((fact) => ({ login: credential.login, ...fact }));
  });
}

function placesOf({ mostRole }: ExplainedCredential, grants: readonly Grant[], path: string | undefined): AccessFact[] {
  const may = (at: string, grant: Grant, below: boolean): AccessFact => {
    const role = mostRole === undefined ? grant.role : lesserRole(grant.role, mostRole);
    const except = below ? grants.map((other) => other.path).filter((other) => other !== at && other.startsWith(at)) : [];
    return { kind: "may", path: at, role, grantPath: grant.path, cappedFrom: role === grant.role ? undefined : grant.role, below, except };
  };
  if (path !== undefined) {
    const grant = grantOn(grants, path);
    return [grant === undefined ? { kind: "may_nothing", path } : may(path, grant, false)];
  }
  return grants.length === 0 ? [{ kind: "may_nothing", path: undefined }] : grants.map((grant) => may(grant.path, grant, true));
}

function conditionsOf(credential: ExplainedCredential, account: Account, nowMs: number): AccessFact[] {
  const { kind, certificateName, disabledAtMs, expiresAtMs, addresses, previousSecretUntilMs } = credential;
  const facts: AccessFact[] = [{ kind: "proves", by: kind, certificateName }];
  if (account.disabledAtMs !== undefined) facts.push({ kind: "disabled", what: "account", sinceMs: account.disabledAtMs });
  if (disabledAtMs !== undefined) facts.push({ kind: "disabled", what: "login", sinceMs: disabledAtMs });
  if (expiresAtMs !== undefined) facts.push({ kind: nowMs >= expiresAtMs ? "expired" : "expires", atMs: expiresAtMs });
  if (addresses.length > 0) facts.push({ kind: "only_from", addresses });
  if (previousSecretUntilMs !== undefined && nowMs < previousSecretUntilMs) {
    facts.push({ kind: "old_secret", untilMs: previousSecretUntilMs });
  }
  return facts;
}
