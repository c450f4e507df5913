import type { Limits } from "#limits.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";
import { showQuota } from "../quotas/show-quota.ts";
import type { AccountStep, ImportPlan } from "./import-plan.ts";
import { planAccounts } from "./plan-accounts.ts";
import { planTree, readPlace } from "./plan-tree.ts";
import { readHtpasswd } from "./read-htpasswd.ts";

/** A rest-server as it was started: its folder, its htpasswd file, its flags. */
export interface ImportInput {
  /** Its folder; undefined when only the accounts are taken over. */
  readonly folder: string | undefined;
  /** Text of its htpasswd file; undefined for `--no-auth`. */
  readonly htpasswd: string | undefined;
  readonly privateRepos: boolean;
  readonly appendOnly: boolean;
  /** Bytes that the whole folder may take. */
  readonly maxSizeBytes: number | undefined;
  readonly updatePasswords: boolean;
  /** Where the folder goes: `/restic/`, `/restic/old/`. */
  readonly at: string;
  /** The hub's own folder, absolute and without links. */
  readonly dataFolder: string;
}

/** The account for requests without a login. */
export const ANYONE = "anyone";

/**
 * What an import would do, of which nothing is done. Without `core` there is no hub yet, so everything is new. Throws `invalid_input`,
 * `already_exists`.
 */
export async function planImport(core: Core | undefined, limits: Limits, input: ImportInput, signal: AbortSignal): Promise<ImportPlan> {
  if (input.htpasswd === undefined && input.privateRepos) {
    throw new HubError("invalid_input", "--private-repos needs users; it does not go with --no-auth");
  }
  const { base } = readPlace(input.at, limits);
  const { folder, privateRepos, appendOnly, updatePasswords } = input;
  const tree = folder === undefined ? NO_TREE : await planTree(core, limits, { ...input, folder }, signal);
  const { users, skipped } = readHtpasswd(input.htpasswd ?? "", limits);
  const flags = { base, privateRepos, appendOnly, updatePasswords };
  const accounts = input.htpasswd === undefined ? [await planAnyone(core, flags)] : await planAccounts(core, users, flags);
  const quota = await planHubQuota(core, input.maxSizeBytes);
  const notes = [...accountNotes(input, base, accounts), ...quota.notes, ...tree.notes];
  return { ...tree, accounts, hubHardBytes: quota.hubHardBytes, skippedLines: skipped, notes };
}

const NO_TREE = { tree: undefined, repositories: [], troubles: [], troubleCount: 0, notes: [] } as const;

/** rest-server's limit is one for everything it keeps, which here is the hub's. One that somebody has set here before stays. */
async function planHubQuota(core: Core | undefined, maxSizeBytes: number | undefined): Promise<Pick<ImportPlan, "hubHardBytes" | "notes">> {
  if (maxSizeBytes === undefined) return { hubHardBytes: undefined, notes: [] };
  const there = core && (await showQuota(core, { scope: { kind: "hub" } })).hardBytes;
  if (typeof there === "number") {
    return {
      hubHardBytes: undefined,
      notes: [`The hub has a quota of ${there} bytes already, which stays: holdfast quota set --hub changes it.`],
    };
  }
  return { hubHardBytes: maxSizeBytes, notes: [`The quota of the whole hub is ${maxSizeBytes} bytes; only what is in objects counts.`] };
}

async function planAnyone(core: Core | undefined, flags: Parameters<typeof planAccounts>[2]): Promise<AccountStep> {
  const user = { line: 0, name: ANYONE, secretHash: "", hashName: "none" };
  const [step] = await planAccounts(core, [user], { ...flags, updatePasswords: false });
  if (step === undefined) throw new Error("One user makes one step");
  const reason = step.action === "keep" ? "The account is there and stays as it is." : step.reason;
  return { ...step, hashName: undefined, secretHash: undefined, reason };
}

function accountNotes(input: ImportInput, base: string, accounts: readonly AccountStep[]): string[] {
  const notes: string[] = [];
  const may = input.appendOnly ? "add to every repository" : "change and delete every repository";
  if (input.htpasswd === undefined) {
    notes.push(`Without a login anyone who reaches the listener may read and ${may} below ${base}.`);
    notes.push(`Requests without a login are taken only on a loopback address or a unix socket: serve --no-auth-restic ${ANYONE}`);
  } else if (!input.privateRepos && accounts.some(({ action }) => action === "add")) {
    notes.push(`Every new account may read and ${may} below ${base}, as with rest-server without --private-repos.`);
  }
  if (input.htpasswd !== undefined && accounts.some(({ action }) => action === "add" || action === "update")) {
    notes.push("Each password is kept as a hash of the old kind until its first right sign-in, from then on as argon2id.");
  }
  if (input.folder !== undefined) {
    notes.push("Nothing in the folder is moved or changed. A rest-server may go on serving it; both keep the same layout.");
  }
  return notes;
}
