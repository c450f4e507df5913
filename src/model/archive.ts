import type { Permission } from "./permissions.ts";

/** One whole-file backup that is kept here. Its bytes are never changed. */
export interface Archive {
  readonly id: number;
  readonly accountId: number;
  /** The door through which it came; names are unique among the live archives of one account and door. */
  readonly door: ArchiveDoor;
  /** As its client calls it: `/data.20100523.tar.gz`. Data, never a path; with its leading slash everywhere. */
  readonly name: string;
  /** The file's name in the account's folder, found through the database alone. */
  readonly storedName: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** When it was stored, in whole seconds; later than, or the same as, that of every archive its account had stored before. */
  readonly createdAtMs: number;
  /** From this moment on it is neither listed nor served, and its name is free, unless it is held. */
  readonly expiresAtMs: number;
  /** Its place in the order in which those of its account have come; each has another. */
  readonly ordinal: number;
  /** When that was carried out; undefined for one that is live. Its bytes are in the trash since then. */
  readonly expiredAtMs: number | undefined;
}

export const ARCHIVE_DOORS = ["restbackup", "pterodactyl"] as const;

export type ArchiveDoor = (typeof ARCHIVE_DOORS)[number];

/** What a credential of an account may do with its archives. Nothing of it removes one: archives leave when their time is over. */
export const ARCHIVE_SCOPES = {
  full: ["read", "add"],
  "put-only": ["add"],
  "read-only": ["read"],
} as const satisfies Record<string, readonly Permission[]>;

export type ArchiveScope = keyof typeof ARCHIVE_SCOPES;

export const ARCHIVE_SCOPE_NAMES = Object.keys(ARCHIVE_SCOPES) as readonly ArchiveScope[]; // Object.keys forgets the key type

/** How an account keeps archives. */
export interface ArchiveAccount {
  readonly accountId: number;
  /** Whole days from its completion until a new archive expires. */
  readonly retainDays: number;
  readonly retentionMode: RetentionMode;
  /** An upload need not say how long it is. */
  readonly acceptsUnknownLength: boolean;
  /** The most that one archive may have; undefined: what all may. */
  readonly mostFileBytes: number | undefined;
  readonly mostFiles: number | undefined;
  /** Set while nothing more is taken in. */
  readonly suspended: { readonly sinceMs: number; readonly reason: string } | undefined;
}

/** What must stay, however long: one archive, those whose names begin so, or with an empty prefix all of an account. */
export interface ArchiveHold {
  readonly id: number;
  readonly accountId: number;
  readonly namePrefix: string;
  /** The prefix is the whole name. */
  readonly isExact: boolean;
  readonly reason: string;
  readonly createdAtMs: number;
}

/**
 * Who may end the life of an archive before it is over.
 *
 * - `governance`  an operator, who says so explicitly, with a trace
 * - `compliance`  nobody, on no path through the hub; can be chosen, never left
 */
export const RETENTION_MODES = ["governance", "compliance"] as const;

export type RetentionMode = (typeof RETENTION_MODES)[number];
