import type { Generated, Kysely } from "kysely";
import type { CredentialKind } from "#model/account.ts";
import type { Actor } from "#model/actor.ts";
import type { ArchiveScope } from "#model/archive.ts";
import type { Mode } from "#model/mode.ts";
import type { OperationKind, OperationStatus } from "#model/operation.ts";
import type { Role } from "#model/permissions.ts";
import type { WindowOwner } from "#model/removal.ts";
import type { AlarmChannelTable, AlarmDeliveryTable, AlarmSilenceTable, AlarmTable } from "./alarm-tables.ts";
import type { ArchiveAccountTable, ArchiveHoldTable, ArchiveSessionTable, ArchiveTable } from "./archive-tables.ts";
import type { QuotaBlockTable, QuotaLedgerTable, QuotaProcessTable, QuotaTable, RepositoryUseTable } from "./quota-tables.ts";

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
  /** Empty for a certificate. */
  secretHash: string;
  createdAtMs: number;
  kind: Generated<CredentialKind>;
  previousSecretHash: string | null;
  previousSecretUntilMs: number | null;
  certificateName: string | null;
  /** As certificates are compared; unique. */
  certificateNameFolded: string | null;
  label: string | null;
  expiresAtMs: number | null;
  disabledAtMs: number | null;
  /** Networks with a space between them; empty: everywhere. */
  addresses: Generated<string>;
  mostRole: Role | null;
  /** Set for one that signs in where archives are kept, and nowhere else. */
  archiveScope: ArchiveScope | null;
  /** Written now and then, without raising the version. */
  lastUsedAtMs: number | null;
  lastUsedAddress: string | null;
}

/** A login and an address block from which it has signed in. */
export interface ProvenPairTable {
  loginFolded: string;
  /** An IPv4 address, a /64 of IPv6, or `unix`. */
  addressBlock: string;
  firstAtMs: number;
  /** Within a day of the last sign-in. */
  lastAtMs: number;
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

/** A row of `mode`: the hub (`hub`) or a path that is in one. */
export interface ModeTable {
  scope: string;
  mode: Mode;
  reason: string;
  sinceMs: number;
}

/** A part of an entry's namespace that lies in a folder elsewhere. */
export interface EntryPathTable {
  entry: string;
  /** As a file's path on the entry: `restic`, `restic/old`. */
  prefix: string;
  folder: string;
  /** Where the file system of the folder is mounted; null for one that is always there. */
  mount: string | null;
  createdAtMs: number;
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

/** One piece of work; see docs/decisions/025. */
export interface DueWorkTable {
  id: Generated<number>;
  kind: string;
  key: string;
  lane: string;
  dueAtMs: number;
  /** When, by the clock of whoever did it, the due time was set: it shows that a clock has been set back since. */
  setAtMs: number;
  /** JSON */
  payload: string;
  /** Raised whenever it is scheduled, so that one who runs it can tell that it was asked for again meanwhile. */
  revision: number;
  claimedRevision: number | null;
  /** The process that runs it. The lease lasts as long as that process has its row. */
  leaseBy: string | null;
  attempts: number;
  lastError: string | null;
}

/** A process that does due work. Others see by its beat that it lives. */
export interface DueWorkProcessTable {
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
  provenPair: ProvenPairTable;
  usedLogin: UsedLoginTable;
  repository: RepositoryTable;
  repositoryGrant: RepositoryGrantTable;
  apiToken: ApiTokenTable;
  accessVersion: AccessVersionTable;
  operation: OperationTable;
  operationChange: OperationChangeTable;
  mode: ModeTable;
  entryPath: EntryPathTable;
  hold: HoldTable;
  cleanupWindow: CleanupWindowTable;
  cleanupOnly: CleanupOnlyTable;
  hubClock: HubClockTable;
  trashHour: TrashHourTable;
  repositoryUse: RepositoryUseTable;
  quota: QuotaTable;
  quotaProcess: QuotaProcessTable;
  quotaBlock: QuotaBlockTable;
  quotaLedger: QuotaLedgerTable;
  operationProcess: OperationProcessTable;
  dueWork: DueWorkTable;
  dueWorkProcess: DueWorkProcessTable;
  alarm: AlarmTable;
  alarmChannel: AlarmChannelTable;
  alarmDelivery: AlarmDeliveryTable;
  alarmSilence: AlarmSilenceTable;
  schemaMigration: SchemaMigrationTable;
  archiveAccount: ArchiveAccountTable;
  archive: ArchiveTable;
  archiveHold: ArchiveHoldTable;
  archiveSession: ArchiveSessionTable;
}

/** What a read function is handed: queries, and nothing that changes a row. */
export type ReadConnection = Pick<Kysely<Tables>, "selectFrom">;

/** What a write function is handed. The transaction around it is begun and ended by whoever calls it. */
export type WriteTransaction = Pick<Kysely<Tables>, "selectFrom" | "insertInto" | "updateTable" | "deleteFrom">;
