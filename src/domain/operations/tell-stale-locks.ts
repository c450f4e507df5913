import { HUB } from "#model/actor.ts";
import { parseObjectId, parseRepositoryPath, type RepositoryPath } from "#model/repository.ts";
import { below, filePath } from "#storage/file-path.ts";
import type { Core } from "../core.ts";

const PAGE = 200;

/**
 * Looks for locks that nobody has renewed or taken away for `lockStaleMs` (restic renews its own every 5 minutes, spec/restic-rest.md
 * section 2.6) and tells of each once. `where`: all repositories, or those in which the hub has seen a lock since.
 */
export async function tellStaleLocks(core: Core, where: "all" | "locked", signal: AbortSignal): Promise<void> {
  for await (const path of where === "all" ? allRepositories(core, signal) : core.lockedRepositories.all()) {
    signal.throwIfAborted();
    const hasLocks = await tellOf(core, path, signal);
    if (hasLocks) core.lockedRepositories.add(path);
    else core.lockedRepositories.delete(path);
  }
}

async function* allRepositories(core: Core, signal: AbortSignal): AsyncGenerator<RepositoryPath> {
  for (let after: string | undefined; ; ) {
    signal.throwIfAborted();
    const page = await core.database.list("listRepositories", { after, limit: PAGE });
    for (const { path } of page) {
      const parsed = parseRepositoryPath(path.split("/").filter((segment) => segment !== ""));
      if (parsed !== undefined) yield parsed;
    }
    if (page.length < PAGE) return;
    after = page.at(-1)?.path;
  }
}

/** Whether there are any locks. */
async function tellOf(core: Core, path: RepositoryPath, signal: AbortSignal): Promise<boolean> {
  const folder = below(filePath("restic", ...path.segments), "locks");
  let locks = 0;
  for await (const item of core.storage.list(folder, signal)) {
    if (item.kind === "gap" || parseObjectId(item.path.slice(folder.length + 1)) === undefined) continue;
    locks += 1;
    if (locks > core.limits.locksPerRepository) break;
    const nowMs = core.clock();
    if (nowMs - item.modifiedAtMs < core.limits.lockStaleMs) continue;
    const lock = item.path.slice(folder.length + 1);
    core.timeline.record({
      kind: "lock.stale",
      status: "warning",
      startedAtMs: nowMs,
      endedAtMs: nowMs,
      actor: HUB,
      repository: path.text,
      summary: `A lock has not been renewed for ${Math.floor((nowMs - item.modifiedAtMs) / 60_000)} minutes; restic unlock takes it away`,
      details: { lock, lockedAtMs: Math.round(item.modifiedAtMs) },
      once: `lock.stale ${path.text} ${lock}`,
    });
  }
  return locks > 0;
}
