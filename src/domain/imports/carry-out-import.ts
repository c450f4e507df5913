import { hashOfNobody } from "#lib/argon2id.ts";
import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { parseRepositoryPath } from "#model/repository.ts";
import type { Core } from "../core.ts";
import { setQuota } from "../quotas/set-quota.ts";
import type { AccountStep, ImportPlan } from "./import-plan.ts";
import { MAIN } from "./plan-tree.ts";

const ROWS_AT_ONCE = 16;

/**
 * Does what the plan says; resolves to what was done, which differs only where somebody else has changed something since. Carried out
 * again, or after a crash, the same import does what is left. Throws `already_exists` when the tree cannot be adopted any more.
 */
export async function carryOutImport(core: Core, by: Actor, plan: ImportPlan, signal: AbortSignal): Promise<ImportPlan> {
  const startedAtMs = core.clock();
  // The tree first: an account without it would find nothing here, and might make a new repository in the place of the old one.
  if (plan.tree !== undefined) {
    const { prefix, folder, mount } = plan.tree;
    await core.database.write("addEntryPath", { entry: MAIN, prefix, folder, mount, nowMs: core.clock(), by });
  }
  const accounts: AccountStep[] = [];
  for (const step of plan.accounts) {
    signal.throwIfAborted();
    accounts.push(await carryOut(core, by, step));
  }
  const rows = plan.repositories.filter(({ isNew }) => isNew);
  while (rows.length > 0) {
    signal.throwIfAborted();
    await Promise.all(rows.splice(0, ROWS_AT_ONCE).map(({ path }) => remember(core, by, path, ownerOf(plan, path))));
  }
  if (plan.hubHardBytes !== undefined) await setQuota(core, by, { scope: { kind: "hub" }, hardBytes: plan.hubHardBytes });
  const done = { ...plan, accounts };
  core.timeline.record({
    kind: "import.done",
    status: "succeeded",
    startedAtMs,
    endedAtMs: core.clock(),
    actor: by,
    summary: summaryOf(done),
    details: { accounts: countOf(done, "add"), passwords: countOf(done, "update"), repositories: done.repositories.length },
  });
  return done;
}

async function carryOut(core: Core, by: Actor, step: AccountStep): Promise<AccountStep> {
  const { name, grants, secretHash = hashOfNobody() } = step;
  const nowMs = core.clock();
  try {
    if (step.action === "add") await core.database.write("addAccount", { name, login: name, secretHash, grants, nowMs, by });
    if (step.action === "update") await core.database.write("replaceCredentialSecret", { login: name, secretHash, nowMs, by });
    return step;
  } catch (error) {
    if (!(error instanceof HubError) || !["already_exists", "not_found"].includes(error.code)) throw error;
    return { ...step, action: "refuse", reason: error.message };
  }
}

/** The account whose own the repository is by what the import grants: the one with the narrowest grant on it, if it is one alone. */
function ownerOf({ accounts }: ImportPlan, path: string): string | undefined {
  const granted = accounts.flatMap(({ name, action, grants }) =>
    action === "refuse" ? [] : grants.filter((grant) => path.startsWith(grant.path)).map((grant) => ({ name, length: grant.path.length })),
  );
  const narrowest = Math.max(...granted.map(({ length }) => length));
  const owners = granted.filter(({ length }) => length === narrowest);
  return owners.length === 1 ? owners[0]?.name : undefined;
}

async function remember(core: Core, by: Actor, text: string, ownerName: string | undefined): Promise<void> {
  const path = parseRepositoryPath(text.split("/").filter((segment) => segment !== ""));
  if (path === undefined) throw new Error(`A planned repository has no path: ${text}`);
  await core.repositories.remember(path, by, { found: true, ownerName });
}

function summaryOf(plan: ImportPlan): string {
  const accounts = `new accounts: ${countOf(plan, "add")}`;
  if (plan.tree === undefined) return `An htpasswd file was imported; ${accounts}`;
  return `${plan.tree.folder} was adopted as /${plan.tree.prefix}/; repositories: ${plan.repositories.length}, ${accounts}`;
}

function countOf({ accounts }: ImportPlan, action: AccountStep["action"]): number {
  return accounts.filter((step) => step.action === action).length;
}
