import type { FileFacts } from "./driver.ts";
import type { FilePath } from "./file-path.ts";

const HOUR_MS = 3_600_000;
const LAST_MS = Date.UTC(9999, 11, 31, 23);
const BATCH = /^(?<hour>\d{4}-\d\d-\d\dT\d\d)(?:~(?:(?<round>[1-9]\d?)|r[0-9a-f]{8}))?$/;
const BEHIND_ALL_ROUNDS = 100;

/** One file in the trash. `modifiedAtMs` is when it was stored, as long as the trash lies on the same file system. */
export interface TrashedFile extends FileFacts {
  readonly kind: "file";
  /** Where it was, and where a restore brings it. */
  readonly path: FilePath;
  /** The folder of the trash that it lies in: the UTC hour of its removal, `2026-11-21T17`; see `trashBatch`. */
  readonly batch: string;
  /** The trash that it lies in: that of another part of the tree than its path's when trees have been adopted or given back since. */
  readonly trash: FilePath;
}

/** Names a file in the trash. Without `trash` it is sought where its path lies now; who has it from a listing gives what that told. */
export type TrashedFileName = Pick<TrashedFile, "batch" | "path"> & Partial<Pick<TrashedFile, "trash">>;

/** The UTC hour of a moment, as the trash writes it: `2026-11-21T17`. */
export function trashHourOf(atMs: number): string {
  return new Date(Math.min(Math.max(atMs, 0), LAST_MS)).toISOString().slice(0, 13);
}

/**
 * The name of the folder for an hour: the hour itself, or with `~2`, `~3` behind it for what is removed when other bytes of the same path
 * have been removed within the same hour. `round` is from 1 to 99.
 */
export function trashBatch(hour: string, round: number): string {
  return round === 1 ? hour : `${hour}~${round}`;
}

/**
 * The name of a folder of the same hour for what a restore has taken out of another: removals neither look into it nor rely on it.
 * `tag` is 8 hex digits.
 */
export function restoreBatch(hour: string, tag: string): string {
  return `${hour}~r${tag}`;
}

/** What such a name means; undefined for any other. */
export function parseTrashBatch(name: string): { readonly hour: string; readonly endsAtMs: number } | undefined {
  const hour = BATCH.exec(name)?.groups?.["hour"];
  if (hour === undefined) return undefined;
  const startsAtMs = Date.parse(`${hour}:00:00Z`);
  if (Number.isNaN(startsAtMs) || trashHourOf(startsAtMs) !== hour) return undefined;
  return { hour, endsAtMs: startsAtMs + HOUR_MS };
}

/** Oldest first; of one hour in the order of their rounds, and behind them what a restore has left. */
export function compareTrashBatches(one: string, other: string): number {
  return one.slice(0, 13).localeCompare(other.slice(0, 13), "en") || roundOf(one) - roundOf(other) || one.localeCompare(other, "en");
}

function roundOf(batch: string): number {
  return Number(BATCH.exec(batch)?.groups?.["round"] ?? (batch.includes("~r") ? BEHIND_ALL_ROUNDS : 1));
}
