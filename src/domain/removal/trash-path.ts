import { HubError } from "#model/hub-error.ts";
import { OBJECT_TYPES, type ObjectName, parseObjectId, RESERVED_SEGMENTS, type RepositoryPath } from "#model/repository.ts";
import { below, type FilePath, filePath } from "#storage/file-path.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";

/** What a file of the trash was: an object of a repository, with the words that people use for it. */
export interface TrashedName {
  /** `/laptop/photos/` */
  readonly repository: string;
  /** `config`, or the type of the object, `data`. */
  readonly type: ObjectName["type"];
  /** Undefined for a `config`. */
  readonly id: string | undefined;
}

/** The object that lay at this path of the entry; undefined when it was none of a restic repository. */
export function trashedNameOf(path: FilePath): TrashedName | undefined {
  const [door, ...segments] = path.split("/");
  const at = segments.findIndex((segment) => RESERVED_SEGMENTS.has(segment));
  if (door !== "restic" || at < 0) return undefined;
  const repository = ["", ...segments.slice(0, at), ""].join("/");
  const word = segments[at];
  if (word === "config") return segments.length === at + 1 ? { repository, type: "config", id: undefined } : undefined;
  const type = OBJECT_TYPES.find((known) => known === word);
  const id = segments.at(-1);
  return type === undefined || id === undefined || segments.length === at + 1 ? undefined : { repository, type, id };
}

/** The same as the object's own name; undefined when it was no object of a restic repository. */
export function trashedObjectAt(path: FilePath): ObjectName | undefined {
  const { type, id } = trashedNameOf(path) ?? {};
  if (type === "config") return { type };
  const parsed = id === undefined ? undefined : parseObjectId(id);
  return type === undefined || parsed === undefined ? undefined : { type, id: parsed };
}

/** A part of the trash that somebody names: a repository, one type of its objects, or one object. */
export interface TrashSelection {
  readonly repository: RepositoryPath;
  /** Where these things lay: for a whole repository one place for each type, in the order in which a client may see them come back. */
  readonly places: readonly FilePath[];
}

// Packs before the indexes that name them, those before the snapshots.
const ORDER = ["config", "keys", "data", "index", "snapshots"] as const;

/** Reads `/laptop/`, `/laptop/snapshots`, `/laptop/config` or `/laptop/data/<id>`. Throws `invalid_input`. */
export function readTrashSelection(core: Core, text: string): TrashSelection {
  const segments = text.split("/").filter((segment) => segment !== "");
  const at = segments.findIndex((segment) => RESERVED_SEGMENTS.has(segment));
  const repository = readPath(core, at < 0 ? text : `/${segments.slice(0, at).join("/")}`);
  const folder = filePath("restic", ...repository.segments);
  if (at < 0) return { repository, places: ORDER.map((type) => below(folder, type)) };

  const [word = "", id, ...more] = segments.slice(at);
  if (id === undefined) return { repository, places: [below(folder, word)] };
  if (word === "config" || more.length > 0 || parseObjectId(id) === undefined) {
    throw new HubError("invalid_input", "An object is named by its type and its 64 hex digits: /laptop/data/<id>");
  }
  return { repository, places: [word === "data" ? below(folder, word, id.slice(0, 2), id) : below(folder, word, id)] };
}
