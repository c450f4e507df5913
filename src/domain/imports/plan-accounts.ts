import { findAccountByName, isNameUsed } from "#db/accounts.ts";
import { findCredentialByLogin } from "#db/credentials.ts";
import { parseRepositoryPath } from "#model/repository.ts";
import type { Core } from "../core.ts";
import type { AccountStep } from "./import-plan.ts";
import type { HtpasswdUser } from "./read-htpasswd.ts";

/** What accounts may do, in the words of rest-server's flags. */
export interface AccountFlags {
  /** Each user its own folder only. Without it all see everything. */
  readonly privateRepos: boolean;
  readonly appendOnly: boolean;
  /** Path under which the repositories are, `/` or `/old/`. */
  readonly base: string;
  /** Accounts that are there get the passwords of the file. */
  readonly updatePasswords: boolean;
}

/** What becomes of each user. Without `core` there is no account yet. */
export async function planAccounts(
  core: Core | undefined,
  users: readonly HtpasswdUser[],
  flags: AccountFlags,
): Promise<readonly AccountStep[]> {
  const steps: AccountStep[] = [];
  // What rest-server lets everyone do, and what it lets them do with --append-only.
  const role = flags.appendOnly ? "backup" : "maintain";
  for (const user of users) {
    const { name, hashName, secretHash } = user;
    const step = { name, hashName, secretHash, grants: [{ path: pathFor(name, flags), role }] as const, reason: undefined };
    steps.push({ ...step, ...(await findAction(core, user, flags)) });
  }
  return steps;
}

function pathFor(name: string, { base, privateRepos }: AccountFlags): string {
  if (!privateRepos) return base;
  const path = parseRepositoryPath([...base.split("/").filter((segment) => segment !== ""), name]);
  if (path === undefined) throw new Error(`An account's name is no folder: ${name}`); // its grammar is the narrower one
  return path.text;
}

async function findAction(
  core: Core | undefined,
  { name, secretHash }: HtpasswdUser,
  { updatePasswords }: AccountFlags,
): Promise<Pick<AccountStep, "action"> & Partial<Pick<AccountStep, "reason" | "grants">>> {
  if (core === undefined) return { action: "add" };
  const account = await findAccountByName(core.database.read, name);
  if (account === undefined) {
    if (!(await isNameUsed(core.database.read, name))) return { action: "add" };
    return { action: "refuse", reason: "An account or login of this name was removed, and names are never given out again." };
  }
  const grants: AccountStep["grants"] = []; // what it may do stays as it is
  const found = await findCredentialByLogin(core.database.read, name);
  if (found === undefined) return { action: "keep", grants, reason: "The account is there and has no login of this name." };
  if (found.credential.secretHash === secretHash) return { action: "keep", grants, reason: "The account is there, with this password." };
  if (updatePasswords) return { action: "update", grants };
  return { action: "keep", grants, reason: "The account is there and stays as it is; --update-passwords takes the file's password." };
}
