import type { CountedType, QuotaScope } from "#model/quota.ts";

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
