import type { AccountUse, HubUse } from "#db/hub-use.ts";
import type { ListedRepositoryUse } from "#db/repository-use.ts";
import { quotaBytesOf } from "#model/quota.ts";
import { OBJECT_TYPES, type ObjectType, parseRepositoryPath } from "#model/repository.ts";
import { below, filePath } from "#storage/file-path.ts";
import type { Core } from "../core.ts";

const PAGE = 500;

/** What monitoring is told of one repository. As small as can be: there may be thousands at a time. */
export interface RepositoryFigures {
  readonly path: string;
  readonly lastSnapshotAtMs: number | undefined;
  /** Undefined until it was counted for the first time. */
  readonly sizeBytes: number | undefined;
  /** How many objects, in the order of `OBJECT_TYPES`; undefined until it was counted for the first time. */
  readonly counts: readonly number[] | undefined;
  readonly hardBytes: number | undefined;
  readonly locks: number;
  /** Age of the oldest lock; undefined without any, and for one that was left out. */
  oldestLockMs: number | undefined;
}

/** What monitoring is told of the hub. */
export interface Figures {
  readonly hub: HubUse;
  readonly freeBytes: number;
  readonly repositories: readonly RepositoryFigures[];
  readonly accounts: readonly AccountUse[];
  /** How many of each are not told of, because there are more than `metricSeries` or `metricLockLooks`. */
  readonly leftOut: { readonly repositories: number; readonly accounts: number; readonly locks: number };
}

/** Reads the counters page by page, and looks for the oldest lock where they say that there are any. */
export async function readFigures(core: Core, signal: AbortSignal): Promise<Figures> {
  const hub = await core.database.list("readHubUse", {});
  const repositories = await listFigures(core, signal);
  const accounts = await listAccounts(core, signal);
  const leftOutLocks = await lookAtLocks(core, repositories, signal);
  const { freeBytes } = await core.storage.space(filePath(), signal);
  return {
    hub,
    freeBytes,
    repositories,
    accounts,
    leftOut: {
      repositories: Math.max(0, hub.repositories - repositories.length),
      accounts: Math.max(0, hub.accounts - accounts.length),
      locks: leftOutLocks,
    },
  };
}

async function listFigures(core: Core, signal: AbortSignal): Promise<RepositoryFigures[]> {
  const figures: RepositoryFigures[] = [];
  for (;;) {
    signal.throwIfAborted();
    const limit = Math.min(PAGE, core.limits.metricSeries - figures.length);
    if (limit === 0) return figures;
    const page = await core.database.list("listRepositoryUse", { after: figures.at(-1)?.path, limit });
    figures.push(...page.map(figuresOf));
    if (page.length < limit) return figures;
  }
}

function figuresOf({ path, lastSnapshotAtMs, countedAtMs, use, hardBytes }: ListedRepositoryUse): RepositoryFigures {
  const isCounted = countedAtMs !== undefined;
  return {
    path,
    lastSnapshotAtMs,
    sizeBytes: isCounted ? quotaBytesOf(use) : undefined,
    counts: isCounted ? OBJECT_TYPES.map((type: ObjectType) => use[type].count) : undefined,
    hardBytes,
    locks: use.locks.count,
    oldestLockMs: undefined,
  };
}

async function listAccounts(core: Core, signal: AbortSignal): Promise<AccountUse[]> {
  const accounts: AccountUse[] = [];
  for (;;) {
    signal.throwIfAborted();
    const limit = Math.min(PAGE, core.limits.metricSeries - accounts.length);
    if (limit === 0) return accounts;
    const page = await core.database.list("listAccountUse", { after: accounts.at(-1)?.id, limit });
    accounts.push(...page);
    if (page.length < limit) return accounts;
  }
}

/** Resolves to how many repositories with locks were not looked at. */
async function lookAtLocks(core: Core, repositories: readonly RepositoryFigures[], signal: AbortSignal): Promise<number> {
  const locked = repositories.filter(({ locks }) => locks > 0);
  for (const repository of locked.slice(0, core.limits.metricLockLooks)) {
    const oldestAtMs = await findOldestLock(core, repository.path, signal);
    if (oldestAtMs !== undefined) repository.oldestLockMs = Math.max(0, core.clock() - oldestAtMs);
  }
  return Math.max(0, locked.length - core.limits.metricLockLooks);
}

/** When the oldest lock was written; undefined when there is none. A folder that cannot be read is for the count to tell of. */
async function findOldestLock(core: Core, path: string, signal: AbortSignal): Promise<number | undefined> {
  const parsed = parseRepositoryPath(path.split("/").filter((segment) => segment !== ""));
  if (parsed === undefined) return undefined;
  let oldestAtMs: number | undefined;
  let locks = 0;
  for await (const item of core.storage.list(below(filePath("restic", ...parsed.segments), "locks"), signal)) {
    if (item.kind === "gap") continue;
    oldestAtMs = Math.min(item.modifiedAtMs, oldestAtMs ?? Number.POSITIVE_INFINITY);
    locks += 1;
    if (locks >= core.limits.locksPerRepository) break;
  }
  return oldestAtMs;
}
