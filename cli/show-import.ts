import type { AccountStep, ImportPlan } from "#domain/imports/import-plan.ts";
import type { CommandContext } from "./command-context.ts";
import { table } from "./table.ts";

const REPOSITORIES_SHOWN = 40;

const ACTIONS: Readonly<Record<AccountStep["action"], string>> = {
  add: "new account",
  keep: "left alone",
  update: "new password",
  refuse: "refused",
};

/** Shows what an import did, or in a dry run would do, in the same words. */
export function showImport(
  context: CommandContext,
  plan: ImportPlan,
  { dryRun, isHubRunning }: { readonly dryRun: boolean; readonly isHubRunning: boolean },
): void {
  const lines = [
    ...(plan.tree === undefined ? [] : [treeLine(plan.tree, dryRun), ""]),
    ...repositoryLines(plan),
    ...accountLines(plan),
    ...skippedLines(plan),
    ...troubleLines(plan),
    ...plan.notes,
    ...(plan.notes.length > 0 ? [""] : []),
    endLine({ dryRun, isHubRunning }),
  ];
  context.show(plainPlan(plan, dryRun), lines);
}

function treeLine({ action, folder, prefix }: NonNullable<ImportPlan["tree"]>, dryRun: boolean): string {
  if (action === "keep") return `${folder} is adopted as /${prefix}/ already.`;
  return `${folder} ${dryRun ? "would be" : "is"} adopted in place as /${prefix}/.`;
}

function repositoryLines({ repositories }: ImportPlan): string[] {
  if (repositories.length === 0) return [];
  const rows = repositories
    .slice(0, REPOSITORIES_SHOWN)
    .map(({ path, isNew, hasConfig }) => [path, isNew ? "new here" : "known", hasConfig ? "" : "no config: restic cannot open it"]);
  const more = repositories.length - rows.length;
  return [...tableLines(["REPOSITORY", "STATE", "REMARK"], rows), ...(more > 0 ? [`... and ${more} more; --json names them all`] : []), ""];
}

function accountLines({ accounts }: ImportPlan): string[] {
  if (accounts.length === 0) return [];
  const rows = accounts.map(({ name, action, hashName = "none", grants, reason = "" }) => [
    name,
    ACTIONS[action],
    hashName,
    action === "add" ? grants.map(({ role, path }) => `${role} on ${path}`).join(", ") : "",
    reason,
  ]);
  return [...tableLines(["ACCOUNT", "STATE", "PASSWORD", "MAY", "REMARK"], rows), ""];
}

function skippedLines({ skippedLines: skipped }: ImportPlan): string[] {
  if (skipped.length === 0) return [];
  const lines = skipped.map(({ line, name, reason }) => `  line ${line}${name === undefined ? "" : ` (${name})`}: ${reason}`);
  return ["Lines of the htpasswd file that were not taken:", ...lines, ""];
}

function troubleLines({ troubles, troubleCount }: ImportPlan): string[] {
  if (troubleCount === 0) return [];
  const more = troubleCount - troubles.length;
  return [
    "To see to in the folder, as this user finds it:",
    ...troubles.map(({ path, reason }) => `  ${path} ${reason}`),
    ...(more > 0 ? [`  ... and ${more} more`] : []),
    "",
  ];
}

function endLine({ dryRun, isHubRunning }: { readonly dryRun: boolean; readonly isHubRunning: boolean }): string {
  if (dryRun) return "This was a dry run: nothing was changed.";
  return isHubRunning
    ? "Done. The running hub takes it up with its next request."
    : "Done. It is served as soon as the hub runs: npm start";
}

function tableLines(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return table(headings, rows).trimEnd().split("\n");
}

/** For scripts: everything but the hashes. */
function plainPlan(plan: ImportPlan, dryRun: boolean): unknown {
  const { tree } = plan;
  return {
    dryRun,
    tree: tree === undefined ? null : { folder: tree.folder, at: `/${tree.prefix}/`, action: tree.action },
    repositories: plan.repositories.map(({ path, isNew, hasConfig }) => ({ path, new: isNew, config: hasConfig })),
    accounts: plan.accounts.map(({ name, action, hashName, grants, reason }) => ({
      name,
      action,
      password: hashName ?? null,
      grants,
      reason: reason ?? null,
    })),
    hubQuotaBytes: plan.hubHardBytes ?? null,
    skippedLines: plan.skippedLines.map(({ line, name, reason }) => ({ line, name: name ?? null, reason })),
    troubles: plan.troubles,
    troubleCount: plan.troubleCount,
    notes: plan.notes,
  };
}
