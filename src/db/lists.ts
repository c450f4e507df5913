import { listAccessRules } from "./access-rules.ts";
import { listAccounts } from "./accounts.ts";
import { listChannels } from "./alarm-channels.ts";
import { listDeliveries } from "./alarm-deliveries.ts";
import { listSilences } from "./alarm-silences.ts";
import { listAlarms, listPendingAlarms } from "./alarms.ts";
import { listApiTokens } from "./api-tokens.ts";
import { listArchives, listDueArchives, listOrphanedArchives } from "./archives.ts";
import { listCleanupWindows } from "./cleanup-windows.ts";
import { listCredentials } from "./credentials.ts";
import { listUntried } from "./due-deliveries.ts";
import { listGrants } from "./grants.ts";
import { listHolds } from "./holds.ts";
import { listAccountUse, readHubUse } from "./hub-use.ts";
import { listOperationChanges, listOperations } from "./operation-lists.ts";
import { countEvidence, listOperationProcesses } from "./operation-upkeep.ts";
import { listQuotas } from "./quotas.ts";
import { listRepositories } from "./repositories.ts";
import { listDueRecounts, listRepositoryUse } from "./repository-use.ts";
import type { ReadConnection } from "./tables.ts";

// Input is `never` so that functions of any input fit; each keeps its own type.
type List = (db: ReadConnection, input: never) => Promise<unknown>;

/** Every read that may be long. They are called by name, because on SQLite they run in another thread; inputs and results are plain data. */
export const LISTS = {
  listAccessRules,
  listAccounts,
  listCredentials,
  listGrants,
  listOperationChanges,
  listOperationProcesses,
  countEvidence,
  listOperations,
  listRepositories,
  listApiTokens,
  listHolds,
  listCleanupWindows,
  listRepositoryUse,
  listDueRecounts,
  listQuotas,
  listAccountUse,
  readHubUse,
  listArchives,
  listDueArchives,
  listOrphanedArchives,
  listAlarms,
  listPendingAlarms,
  listChannels,
  listDeliveries,
  listUntried,
  listSilences,
} as const satisfies Record<string, List>;

export type ListName = keyof typeof LISTS;
export type ListInput<Name extends ListName> = Parameters<(typeof LISTS)[Name]>[1];
export type ListResult<Name extends ListName> = Awaited<ReturnType<(typeof LISTS)[Name]>>;
