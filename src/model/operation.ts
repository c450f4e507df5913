import type { Actor } from "./actor.ts";

/**
 * What the timeline tells of.
 *
 * - `hub.started` `hub.stopped`
 * - `settings.changed`      accounts, credentials, grants, quotas, holds, tokens, modes: what, by whom
 * - `signin.succeeded` `signin.failed`
 * - `request.refused`       somebody who is known asked for what they may not, or for room that the disk does not have
 * - `repository.created`
 * - `backup.arrived`        from the first new object to the snapshot that names them
 * - `snapshot.rewritten`    snapshots that a client replaced by others (tag, rewrite)
 * - `cleanup.run`           what a client removed in one go
 * - `cleanup.opened` `cleanup.closed`  the window in which somebody may remove
 * - `key.changed`           keys of a repository were added or removed
 * - `lock.stale`            a lock that no client has refreshed for too long
 * - `object.healed`         a damaged object was replaced by a right upload
 * - `quota.warning`         a soft limit is passed, or an upload met a hard one
 * - `trash.restored` `trash.emptied`
 * - `import.done`
 * - `archive.stored`        a whole file was kept
 * - `archive.fetched`       a file was fetched through a link
 * - `archives.expired`      archives whose time was over went into the trash
 * - `alarm.opened` `alarm.closed`  somebody must know something; its cause is gone and has stayed away
 * - `notice.undelivered`    a channel did not take a notice, however often it was tried
 */
export const OPERATION_KINDS = [
  "hub.started",
  "hub.stopped",
  "settings.changed",
  "signin.succeeded",
  "signin.failed",
  "request.refused",
  "repository.created",
  "backup.arrived",
  "snapshot.rewritten",
  "cleanup.run",
  "cleanup.opened",
  "cleanup.closed",
  "key.changed",
  "lock.stale",
  "object.healed",
  "quota.warning",
  "trash.restored",
  "trash.emptied",
  "import.done",
  "archive.stored",
  "archive.fetched",
  "archives.expired",
  "alarm.opened",
  "alarm.closed",
  "notice.undelivered",
] as const;

/** What a timeline that is full keeps when it lets go of other lines: what somebody would like to see gone. */
export const EVIDENCE_KINDS = [
  "request.refused",
  "signin.failed",
  "cleanup.run",
  "cleanup.opened",
  "cleanup.closed",
  "trash.restored",
  "trash.emptied",
  "quota.warning",
  "archives.expired",
  "alarm.opened",
] as const satisfies readonly OperationKind[];

export type OperationKind = (typeof OPERATION_KINDS)[number];

/** `interrupted`: it was running when its hub ended. */
export const OPERATION_STATUSES = ["running", "succeeded", "warning", "refused", "failed", "interrupted"] as const;

export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/** Figures and names that belong to one kind of operation; flat, so that every reader can show them. Never a secret. */
export type OperationDetails = Readonly<Record<string, string | number | boolean | null>>;

/** One line of the timeline, as it is about to be written. */
export interface NewOperation {
  readonly kind: OperationKind;
  readonly status: OperationStatus;
  readonly startedAtMs: number;
  /** Undefined while it runs. */
  readonly endedAtMs: number | undefined;
  readonly actor: Actor;
  /** Name of the account it is about. */
  readonly account?: string | undefined;
  /** Path of the repository it is about, `/laptop/photos/`. */
  readonly repository?: string | undefined;
  readonly door?: string | undefined;
  readonly address?: string | undefined;
  readonly client?: string | undefined;
  /** One sentence for a person. */
  readonly summary: string;
  readonly details?: OperationDetails | undefined;
  /** A line with the same text here is written once, whoever else writes it and however often: `lock.stale /laptop/ 3f1c...`. */
  readonly once?: string | undefined;
}

/** One line of the timeline. */
export interface Operation extends NewOperation {
  /** In the order of writing; stays the same while the operation goes on. */
  readonly id: number;
  /** Raised with every change of any operation: the resume id of everything that follows the timeline. */
  readonly change: number;
  /** When the line was first written. It does not go back with the clock, so that a range of time is a range of ids. */
  readonly recordedAtMs: number;
  readonly details: OperationDetails;
}
