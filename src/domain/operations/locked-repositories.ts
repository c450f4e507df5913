import { RecentMap } from "#lib/recent-map.ts";
import type { RepositoryPath } from "#model/repository.ts";

const REPOSITORIES = 10_000;

/** Repositories in which somebody has taken a lock, for those who look after stale ones. */
export class LockedRepositories {
  readonly #paths = new RecentMap<string, RepositoryPath>(REPOSITORIES);

  add(path: RepositoryPath): void {
    this.#paths.set(path.text, path);
  }

  /** There are no locks any more. */
  delete(path: RepositoryPath): void {
    this.#paths.delete(path.text);
  }

  /** As they are now. */
  all(): readonly RepositoryPath[] {
    return [...this.#paths.values()];
  }
}
