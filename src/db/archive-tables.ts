import type { Generated } from "kysely";
import type { ArchiveDoor, RetentionMode } from "#model/archive.ts";

/** An account that keeps archives: how, and how much it has. */
export interface ArchiveAccountTable {
  accountId: number;
  retainDays: number;
  retentionMode: RetentionMode;
  /** 1: an upload need not say how long it is. */
  acceptsUnknownLength: number;
  mostFileBytes: number | null;
  mostFiles: number | null;
  /** Since when nothing more is taken in; null while it is. */
  suspendedAtMs: number | null;
  suspendedReason: string | null;
  /** Of all its rows of `archive` that have not left their place, those that are still arriving included. */
  usedBytes: number;
  usedFiles: number;
  /** How many archives it has ever completed; the last one's `ordinal`. */
  completed: number;
  /** `createdAtMs` of the last one. */
  lastCreatedAtMs: number;
}

/**
 * An archive, from before its first byte until long after its last. Arriving while `createdAtMs` is null; live until `expiredAtMs` is set;
 * its file is in its place until `leftAtMs` is.
 */
export interface ArchiveTable {
  id: Generated<number>;
  accountId: number;
  door: ArchiveDoor;
  name: string;
  storedName: string;
  /** As file systems compare names that keep no case; no two files that may be in one place share it. */
  storedNameFolded: string;
  /** While it arrives, what is reserved for it. */
  sizeBytes: number;
  /** Which process takes it in, or with a `~` before it takes it away, with a `>` moves its file into the trash; empty when that has ended without a word, null when nobody is at it. */
  process: string | null;
  startedAtMs: number;
  /** In the order of completion within the account; null while it arrives. */
  ordinal: number | null;
  sha256: string | null;
  /** What its sender called it; kept, never served. */
  contentType: string | null;
  login: string;
  createdAtMs: number | null;
  expiresAtMs: number | null;
  expiredAtMs: number | null;
  leftAtMs: number | null;
}

/** A link that shows an account's archives to whoever has it. */
export interface ArchiveSessionTable {
  /** Lower-case hex; the token itself is not kept. */
  tokenSha256: string;
  accountId: number;
  /** Who has made it, and what was right for that login then: with another secret, or without the login, the link ends. */
  credentialId: number;
  secretHash: string;
  namePrefix: string;
  createdAtMs: number;
  expiresAtMs: number;
  /** Downloads; null: any number. */
  usesLeft: number | null;
  firstUsedAtMs: number | null;
  endedAtMs: number | null;
}

/** What must stay however long: one archive, those whose names begin so, or with no prefix all of an account. */
export interface ArchiveHoldTable {
  id: Generated<number>;
  accountId: number;
  namePrefix: string;
  /** 1: that name alone. */
  isExact: number;
  reason: string;
  createdAtMs: number;
}
