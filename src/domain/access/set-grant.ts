import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { Role } from "#model/permissions.ts";
import { parseRepositoryPath, RESERVED_SEGMENTS, type RepositoryPath } from "#model/repository.ts";
import type { Core } from "../core.ts";

/** Gives an account a role on a path and all below it, in place of the one it had there. Throws `not_found`, `invalid_input`. */
export async function setGrant(
  core: Core,
  by: Actor,
  input: { readonly accountName: string; readonly path: string; readonly role: Role },
): Promise<void> {
  const { text: path } = readPath(core, input.path);
  await core.database.write("setGrant", { accountName: input.accountName, path, role: input.role, nowMs: core.clock(), by });
}

/** Reads a repository's path as people write it: `laptop`, `/laptop/photos`, `/laptop/photos/`, `/`. Throws `invalid_input`. */
export function readPath(core: Core, text: string): RepositoryPath {
  // A misspelt variable of a shell script must not mean everything.
  if (text === "") throw new HubError("invalid_input", "A path is missing; / alone means everything");
  const segments = text.split("/");
  if (segments[0] === "") segments.shift();
  if (segments.at(-1) === "") segments.pop();
  const path = parseRepositoryPath(segments);
  const reserved = segments.find((segment) => RESERVED_SEGMENTS.has(segment));
  if (reserved !== undefined) throw new HubError("invalid_input", `"${reserved}" is a word of restic's own and no folder of a repository`);
  if (path === undefined) throw new HubError("invalid_input", `"${text}" cannot be the path of a repository`);
  if (segments.length > core.limits.repositoryDepth) {
    throw new HubError("invalid_input", `A repository's path has at most ${core.limits.repositoryDepth} folders`);
  }
  return path;
}
