import type { Generated, Kysely } from "kysely";
import type { Actor } from "#model/actor.ts";
import type { OperationKind, OperationStatus } from "#model/operation.ts";
import type { Role } from "#model/permissions.ts";
import type { CountedType, QuotaScope } from "#model/quota.ts";

/** A row of `account`. It stays when the account is removed, so that its name is never given out again. */
export interface AccountTable {
  id: Generated<number>;
  name: string;
  nameFolded: string;
  createdAtMs: number;
  disabledAtMs: number | null;
  removedAtMs: number | null;
}

export interface CredentialTable {
  id: Generated<number>;
  accountId: number;
  login: string;
  loginFolded: string;
  secretHash: string;
  createdAtMs: number;
}

/** Every login there ever was, folded. Credentials go with their account; their logins are never given out again. */
export interface UsedLoginTable {
  loginFolded: string;
}

export interface RepositoryTable {
  id: Generated<number>;
  path: string;
  home: string;
  createdAtMs: number;
}

export interface RepositoryGrantTable {
  accountId: number;
  path: string;
  role: Role;
  createdAtMs: number;
}

/** One row, which every change of the tables above raises in its own transaction. */
export interface AccessVersionTable {
  id: number;
  version: number;
  changedAtMs: number;
}

export interface OperationTable {
  id: Generated<number>;
  change: number;
  kind: OperationKind;
  status: OperationStatus;
  startedAtMs: number;
  endedAtMs: number | null;
  actorKind: Actor["kind"];
  actorName: string | null;
  actorLogin: string | null;
  account: string | null;
  repository: string | null;
  door: string | null;
  address: string | null;
  client: string | null;
  summary: string;
  /** JSON */
  details: string;
}

/** One row, which every write of operations raises in its own transaction: a sequence would show its numbers out of order. */
export interface OperationChangeTable {
  id: number;
  change: number;
}

/** What a repository is counted to hold, by type (`dataCount`, `dataBytes`, ...). */
type UseCounters = { [Counter in `${CountedType}${"Count" | "Bytes"}`]: number };

/** A repository's owner and counters. The row may come before that of `repository`, which is made by what is stored alone. */
export interface RepositoryUseTable extends UseCounters {
  path: string;
  ownerId: number | null;
  lastSnapshotAtMs: number | null;
  /** When it was last counted on the disk; null for never, and then the counters only hold what has changed since. */
  countedAtMs: number | null;
  /** Tells whether its folders have changed since they were counted. */
  folderMark: string | null;
  recountAskedAtMs: number | null;
  /** The process that counts it now. */
  recountBy: string | null;
  /** 1 when another process has changed something in it meanwhile. */
  recountDisturbed: number;
}

export interface QuotaTable {
  scope: QuotaScope["kind"];
  /** A repository's path, an account's id, or nothing for the hub. */
  key: string;
  softBytes: number | null;
  hardBytes: number | null;
  /** When the timeline was last told that the limit is passed or met; null again once it no longer is. */
  softToldAtMs: number | null;
  hardToldAtMs: number | null;
}

/** A process that stores bytes. `beat` grows while it lives; `flushed` is the number of its last batch of changes. */
export interface QuotaProcessTable {
  process: string;
  beat: number;
  flushed: number;
}

/** Bytes that a process may still store in a repository. They count as used, in every scope the repository is in. */
export interface QuotaBlockTable {
  process: string;
  path: string;
  ownerId: number | null;
  bytes: number;
}

/** One row, which every change of what is drawn or used writes first: whoever else does so waits until this transaction ends. */
export interface QuotaLedgerTable {
  id: number;
  trashBytes: number;
  /** Raised when somebody needs what others have drawn and do not use. */
  askedBack: number;
}

/** One row for each migration that has been made. */
export interface SchemaMigrationTable {
  version: number;
  name: string;
}

/** Every table, as TypeScript spells it; in SQL names are written in snake_case. */
export interface Tables {
  account: AccountTable;
  credential: CredentialTable;
  usedLogin: UsedLoginTable;
  repository: RepositoryTable;
  repositoryGrant: RepositoryGrantTable;
  accessVersion: AccessVersionTable;
  operation: OperationTable;
  operationChange: OperationChangeTable;
  repositoryUse: RepositoryUseTable;
  quota: QuotaTable;
  quotaProcess: QuotaProcessTable;
  quotaBlock: QuotaBlockTable;
  quotaLedger: QuotaLedgerTable;
  schemaMigration: SchemaMigrationTable;
}

/** What a read function is handed: queries, and nothing that changes a row. */
export type ReadConnection = Pick<Kysely<Tables>, "selectFrom">;

/** What a write function is handed. The transaction around it is begun and ended by whoever calls it. */
export type WriteTransaction = Pick<Kysely<Tables>, "selectFrom" | "insertInto" | "updateTable" | "deleteFrom">;
