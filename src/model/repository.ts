/** The five kinds of a restic object that have a folder of their own, in restic's plural wire and disk spelling. */
export const OBJECT_TYPES = ["data", "keys", "locks", "snapshots", "index"] as const;

export type ObjectType = (typeof OBJECT_TYPES)[number];

/** Words a repository's path may not contain: they begin an object's path. */
export const RESERVED_SEGMENTS: ReadonlySet<string> = new Set([...OBJECT_TYPES, "config"]);

/** SHA-256 of an object's bytes in 64 lower-case hex digits; restic names every object but `config` so. */
export type ObjectId = string & { readonly __brand: "ObjectId" };

const OBJECT_ID = /^[0-9a-f]{64}$/;

/** The id, or undefined for anything but 64 lower-case hex digits. */
export function parseObjectId(text: string): ObjectId | undefined {
  return OBJECT_ID.test(text) ? (text as ObjectId) : undefined; // the pattern is the brand
}

/** One file of a repository: its `config`, or an object of a type. */
export type ObjectName = { readonly type: "config" } | { readonly type: ObjectType; readonly id: ObjectId };

/**
 * Where a repository lies below `restic/`, as decoded URL segments; none of them means `restic/` is itself a repository.
 * Made only by `parseRepositoryPath`, so every segment is safe as one folder name.
 */
export interface RepositoryPath {
  readonly segments: readonly string[];
  /** `/`, or `/laptop/photos/`: how grants, rows, logs and people write it. */
  readonly text: string;
}

/** A restic repository kept here. */
export interface Repository {
  readonly path: string;
  /** Name of the entry its bytes lie on; chosen when it is made and never moved by itself. */
  readonly home: string;
  readonly createdAtMs: number;
}

/**
 * A path from decoded segments, or undefined when one of them could not be a folder of its own: empty, `.`, `..`, a reserved
 * word, one of the hub's own `.hub-*` names (in any case, for file systems that fold it), over 255 bytes, or holding a slash, a
 * backslash or a control character.
 */
export function parseRepositoryPath(segments: readonly string[]): RepositoryPath | undefined {
  return segments.every(isFolderName) ? { segments, text: segments.length === 0 ? "/" : `/${segments.join("/")}/` } : undefined;
}

/** What most names are; nothing of the rest below can be said against it. */
const PLAIN_NAME = /^[A-Za-z0-9_-]{1,128}$/;

function isFolderName(segment: string): boolean {
  if (segment === "" || segment === "." || segment === ".." || RESERVED_SEGMENTS.has(segment)) return false;
  if (PLAIN_NAME.test(segment)) return true;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u001f\u007f-\u009f/\\]/.test(segment) || segment.toLowerCase().startsWith(".hub-")) return false;
  return Buffer.byteLength(segment) <= 255;
}

const CREATABLE = /^[\p{L}\p{N}\p{M}_\-@+ ][\p{L}\p{N}\p{M}._\-@+ ]*$/u;

/**
 * Whether a new repository may have this name: letters, digits, `. _ - @ +` and space, no leading dot, NFC, at most 128 bytes a
 * segment. Existing folders may be called otherwise (spec/restic-rest.md section 7.2).
 */
export function isCreatableRepositoryPath(path: RepositoryPath): boolean {
  return path.segments.every(
    (segment) =>
      CREATABLE.test(segment) && segment.trim() === segment && segment.normalize("NFC") === segment && Buffer.byteLength(segment) <= 128,
  );
}
