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

export interface ApiTokenTable {
  id: Generated<number>;
  name: string;
  nameFolded: string;
  /** Lower-case hex. */
  secretSha256: string;
  /** Names with commas between them. */
  scopes: string;
  createdAtMs: number;
  expiresAtMs: number | null;
  disabledAtMs: number | null;
  lastUsedAtMs: number | null;
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
  apiToken: ApiTokenTable;
  accessVersion: AccessVersionTable;
  operation: OperationTable;
  operationChange: OperationChangeTable;
  schemaMigration: SchemaMigrationTable;
}

/** What a read function is handed: queries, and nothing that changes a row. */
export type ReadConnection = Pick<Kysely<Tables>, "selectFrom">;

/** What a write function is handed. The transaction around it is begun and ended by whoever calls it. */
export type WriteTransaction = Pick<Kysely<Tables>, "selectFrom" | "insertInto" | "updateTable" | "deleteFrom">;
