import { type Account, foldName, type Grant } from "#model/account.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";
import { accessSentence } from "./access-sentence.ts";
import { type AccessStatement, explainAccess } from "./explain-access.ts";
import { type AccessRule, explainRules } from "./explain-rules.ts";
import { rootsOf } from "./grant-reach.ts";
import { listCredentials } from "./list-credentials.ts";
import { ruleSentence } from "./rule-sentence.ts";
import { readPath } from "./set-grant.ts";
import { showAccount } from "./show-account.ts";

// Of each: holds, windows, marks. More than anybody reads.
const MOST_RULES = 200;
// An account with grants in more places is told what is set in the first.
const MOST_PLACES = 100;

export interface ShowAccessInput {
  readonly name: string;
  /** Only this login. */
  readonly login?: string | undefined;
  /** Only this repository. */
  readonly path?: string | undefined;
}

export interface ShownAccess {
  readonly account: Account;
  readonly grants: readonly Grant[];
  /** What each login may do where, and why. */
  readonly statements: readonly AccessStatement[];
  /** What has been set that changes it, for all of them. */
  readonly rules: readonly AccessRule[];
}

/** What the credentials of an account may do where, why, and what stands in the way. Throws `not_found`, `invalid_input`. */
export async function showAccess(core: Core, { name, login, path }: ShowAccessInput): Promise<ShownAccess> {
  const { account, grants } = await showAccount(core, { name });
  const all = await Array.fromAsync(listCredentials(core, { accountName: account.name }));
  const credentials = login === undefined ? all : all.filter((credential) => foldName(credential.login) === foldName(login));
  if (login !== undefined && credentials.length === 0) throw new HubError("not_found", "The account has no such login");
  const at = path === undefined ? undefined : readPath(core, path).text;
  const statements = explainAccess({ account, credentials, grants, nowMs: core.time.latestMs(), path: at });

  const now = core.time.moment();
  const places = at === undefined ? rootsOf(grants.map((grant) => grant.path)) : [at];
  const asked = { paths: places.slice(0, MOST_PLACES), below: at === undefined, nowMs: now.earliestMs, limit: MOST_RULES };
  const found = await core.database.list("listAccessRules", asked);
  const logins = new Set(credentials.map((credential) => foldName(credential.login)));
  const rules = explainRules({
    grants,
    path: at,
    rules: { ...found, isCut: found.isCut || places.length > MOST_PLACES },
    modes: (await core.access.rules()).modes,
    isOwn: (owner) => (owner.kind === "login" ? logins.has(foldName(owner.name)) : foldName(owner.name) === foldName(account.name)),
    now,
  });
  return { account, grants, statements, rules };
}

/** All of it as sentences for a person, each beside what it says, in the order in which it is told. */
export function accessSentences({ statements, rules }: Pick<ShownAccess, "statements" | "rules">) {
  return [
    ...statements.map((statement) => ({ ...statement, sentence: accessSentence(statement) })),
    ...rules.map((rule) => ({ ...rule, sentence: ruleSentence(rule) })),
  ];
}
