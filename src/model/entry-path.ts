/**
 * A part of an entry's namespace that lies in a folder elsewhere: what an operator has adopted in place. No two of an entry lie below one
 * another.
 */
export interface EntryPath {
  /** As a file's path on the entry: `restic`, `restic/old`. */
  readonly prefix: string;
  /** Absolute, without links. */
  readonly folder: string;
  /** Where the folder's file system is mounted; undefined for the one that is always there. */
  readonly mount: string | undefined;
}

/** Whether one of two places, separated by slashes, is the other or lies below it. */
export function overlaps(one: string, other: string): boolean {
  return one === other || one.startsWith(withSlash(other)) || other.startsWith(withSlash(one));
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}
