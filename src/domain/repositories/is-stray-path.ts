import { parseRepositoryPath } from "#model/repository.ts";
import type { Visitor } from "../access/visitor.ts";
import type { Core } from "../core.ts";
import { OpenRepository } from "./open-repository.ts";
import { repositoryExists } from "./repository-exists.ts";

/**
 * Whether this path lies directly in a repository that the visitor knows, without being one itself: then its last segment is a
 * type that restic does not have, rather than a repository's name.
 */
export async function isStrayPath(core: Core, visitor: Visitor, repository: OpenRepository, signal: AbortSignal): Promise<boolean> {
  const { segments } = repository.path;
  const parentPath = segments.length === 0 ? undefined : parseRepositoryPath(segments.slice(0, -1));
  const parent = parentPath && (await OpenRepository.find(core.access, visitor, parentPath));
  if (parent === undefined || (await repositoryExists(core, repository, signal))) return false;
  return await repositoryExists(core, parent, signal);
}
