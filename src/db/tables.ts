import type { Generated, Kysely } from "kysely";
import type { Actor } from "#model/actor.ts";
import type { OperationKind, OperationStatus } from "#model/operation.ts";
import type { Role } from "#model/permissions.ts";

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
  recordedAtMs: number;
  kind: OperationKind;
  status: OperationStatus;
  /** Both in one, `backup.arrived failed`: given two columns and their index, SQLite takes the one of the status. */
  kindAndStatus: string;
  startedAtMs: number;
  endedAtMs: number | null;
  actorKind: Actor["kind"];
  actorName: string | null;
  actorLogin: string | null;
  account: string | null;
  repository: string | null;
  /** The first folder of `repository`: `/laptop/` for `/laptop/photos/`. */
  repositoryTop: string | null;
  door: string | null;
  address: string | null;
  client: string | null;
  summary: string;
  /** JSON */
  details: string;
  once: string | null;
  /** Which process runs it; null once it has ended. */
  process: string | null;
}

/** One row, which every write of operations raises in its own transaction: a sequence would show its numbers out of order. */
export interface OperationChangeTable {
  id: number;
  change: number;
  /** Of the newest line. */
  recordedAtMs: number;
  /** The highest change of all lines that were trimmed. */
  trimmedChange: number;
  /** How many lines there are. */
  lines: number;
}

/** A process that has running operations, and a number that it raises as long as it lives. */
export interface OperationProcessTable {
  process: string;
  beat: number;
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
  operationProcess: OperationProcessTable;
  schemaMigration: SchemaMigrationTable;
}

/** What a read function is handed: queries, and nothing that changes a row. */
export type ReadConnection = Pick<Kysely<Tables>, "selectFrom">;

/** What a write function is handed. The transaction around it is begun and ended by whoever calls it. */
export type WriteTransaction = Pick<Kysely<Tables>, "selectFrom" | "insertInto" | "updateTable" | "deleteFrom">;
