import type { Generated, Kysely } from "kysely";
import type { Actor } from "#model/actor.ts";
import type { OperationKind, OperationStatus } from "#model/operation.ts";
import type { Role } from "#model/permissions.ts";
import type { WindowOwner } from "#model/removal.ts";

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

/** A row has one of `untilMs` and `minAgeMs`. */
export interface HoldTable {
  id: Generated<number>;
  path: string;
  untilMs: number | null;
  minAgeMs: number | null;
  reason: string;
  createdAtMs: number;
}

export interface CleanupWindowTable {
  id: Generated<number>;
  ownerKind: WindowOwner["kind"];
  ownerName: string;
  path: string;
  reason: string;
  opensAtMs: number;
  closesAtMs: number;
}

/** Paths at and below which things are removed only through a window. */
export interface CleanupOnlyTable {
  path: string;
  createdAtMs: number;
}

/** One row: how long the hub has run, and what the wall clock said when that was last counted. */
export interface HubClockTable {
  id: number;
  runningMs: number;
  wallMs: number;
}

/** How long the hub had run when something last went into an hour of the trash. */
export interface TrashHourTable {
  hour: string;
  usedAtRunningMs: number;
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
  hold: HoldTable;
  cleanupWindow: CleanupWindowTable;
  cleanupOnly: CleanupOnlyTable;
  hubClock: HubClockTable;
  trashHour: TrashHourTable;
  schemaMigration: SchemaMigrationTable;
}

/** What a read function is handed: queries, and nothing that changes a row. */
export type ReadConnection = Pick<Kysely<Tables>, "selectFrom">;

/** What a write function is handed. The transaction around it is begun and ended by whoever calls it. */
export type WriteTransaction = Pick<Kysely<Tables>, "selectFrom" | "insertInto" | "updateTable" | "deleteFrom">;
