import {
  OBJECT_TYPES,
  type ObjectName,
  type ObjectType,
  parseObjectId,
  parseRepositoryPath,
  RESERVED_SEGMENTS,
  type RepositoryPath,
} from "#model/repository.ts";

/** What a request's path names (spec/restic-rest.md section 1.1). */
export type ResticResource =
  | { readonly kind: "repository"; readonly repository: RepositoryPath }
  | { readonly kind: "listing"; readonly repository: RepositoryPath; readonly type: ObjectType }
  | { readonly kind: "object"; readonly repository: RepositoryPath; readonly object: ObjectName };

/** `config` and the five types end a repository's path; what follows them must be exactly one of the known forms, else undefined. */
export function parseResource(
  target: { readonly segments: readonly string[]; readonly trailingSlash: boolean },
  depth: number,
): ResticResource | undefined {
  const { segments, trailingSlash } = target;
  const end = segments.findIndex((segment) => RESERVED_SEGMENTS.has(segment));
  const folders = end < 0 ? segments : segments.slice(0, end);
  const repository = folders.length > depth ? undefined : parseRepositoryPath(folders);
  if (repository === undefined) return undefined;
  if (end < 0) return { kind: "repository", repository };

  const [word, name, ...more] = segments.slice(end);
  if (more.length > 0 || (trailingSlash && name !== undefined)) return undefined;
  if (word === "config")
    return name === undefined && !trailingSlash ? { kind: "object", repository, object: { type: "config" } } : undefined;
  const type = OBJECT_TYPES.find((known) => known === word);
  if (type === undefined) return undefined;
  if (name === undefined) return trailingSlash ? { kind: "listing", repository, type } : undefined;
  const id = parseObjectId(name);
  return id === undefined ? undefined : { kind: "object", repository, object: { type, id } };
}

/** Whether all that keeps a path from naming something is its depth. */
export function isTooDeep(target: { readonly segments: readonly string[]; readonly trailingSlash: boolean }, depth: number): boolean {
  return parseResource(target, depth) === undefined && parseResource(target, Number.POSITIVE_INFINITY) !== undefined;
}

export const LISTING_V1 = "application/vnd.x.restic.rest.v1";
export const LISTING_V2 = "application/vnd.x.restic.rest.v2";
