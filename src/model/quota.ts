import { OBJECT_TYPES, type ObjectType } from "./repository.ts";

/** What a repository's objects are counted by: their types, and its `config`. */
export type CountedType = ObjectType | "config";

export const COUNTED_TYPES: readonly CountedType[] = [...OBJECT_TYPES, "config"];

/** How many objects, and their bytes together. Folders, temporary files and whatever else a disk adds are not in it. */
export interface ObjectCount {
  readonly count: number;
  readonly sizeBytes: number;
}

/** What lies in a repository, by type. */
export type RepositoryUse = Readonly<Record<CountedType, ObjectCount>>;

/** What a quota is about: exactly one repository, all that one account owns, or everything here, the trash included. */
export type QuotaScope =
  | { readonly kind: "repository"; readonly path: string }
  | { readonly kind: "account"; readonly name: string }
  | { readonly kind: "hub" };

/** How much may be stored. `soft` warns; `hard` refuses what would pass it by a byte. Undefined: no such limit. */
export interface QuotaLimits {
  readonly softBytes: number | undefined;
  readonly hardBytes: number | undefined;
}

/** The bytes that count against quotas: all but locks, without which a full repository could not even be cleaned up. */
export function quotaBytesOf(use: RepositoryUse): number {
  return COUNTED_TYPES.reduce((sum, type) => (type === "locks" ? sum : sum + use[type].sizeBytes), 0);
}

/** Nothing of any type. */
export function noUse(): Record<CountedType, { count: number; sizeBytes: number }> {
  const none = () => ({ count: 0, sizeBytes: 0 });
  return { data: none(), keys: none(), locks: none(), snapshots: none(), index: none(), config: none() };
}

/** Objects that a clean-up has to write before it can remove anything. */
const CLEAN_UP_TYPES: ReadonlySet<CountedType> = new Set(["index", "snapshots", "keys"]);

/** Whether this may go into the reserves that are kept for cleaning up, for those who may remove. */
export function isForCleanUp(type: CountedType): boolean {
  return CLEAN_UP_TYPES.has(type);
}

const MiB = 1024 * 1024;

/** What is kept of a full disk for clean-up alone, and the least that a hard quota may be passed by for it. */
export const CLEAN_UP_BYTES = 64 * MiB;

/**
 * What uploads leave of every disk, locks and a clean-up's too: a removal writes into the trash and the database, and on a disk without a
 * byte nobody could remove anything.
 */
export const LAST_BYTES = 16 * MiB;

/** By how much a clean-up may pass a hard quota (spec/restic-rest.md section 1.8). */
export function cleanUpReserveOf(hardBytes: number): number {
  return Math.max(Math.ceil(hardBytes / 100), CLEAN_UP_BYTES);
}
