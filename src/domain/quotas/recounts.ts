import { setTimeout as sleep } from "node:timers/promises";
import { findKnownUse } from "#db/repository-use.ts";
import { RecentMap } from "#lib/recent-map.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";
import { countRepository } from "./count-repository.ts";

const LOOK_EVERY_MS = 5000;
/** After one that failed; unless somebody asks again. */
const RETRY_MS = 10 * 60_000;
const PAGE = 100;
const FAILED = 10_000;

/**
 * Counts repositories in the background, one after another, until it is disposed: those that were never counted, those that somebody asks
 * for or that a process without an orderly end may have changed, and each one again after `recountEveryMs`.
 */
export function startRecounts(core: Core): AsyncDisposable {
  const stop = new AbortController();
  let wake = Promise.withResolvers<void>();
  core.quotas.onRecountAsked(() => wake.resolve());
  const failed = new RecentMap<string, Failure>(FAILED);

  const run = async () => {
    while (!stop.signal.aborted) {
      wake = Promise.withResolvers<void>();
      try {
        await countDue(core, failed, stop.signal);
      } catch (error) {
        if (!stop.signal.aborted) core.log.error("recount failed", { error });
      }
      const pause = new AbortController();
      const ends = AbortSignal.any([stop.signal, pause.signal]);
      await Promise.race([wake.promise, sleep(LOOK_EVERY_MS, undefined, { signal: ends, ref: false }).catch(() => undefined)]);
      pause.abort();
    }
  };
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

interface Failure {
  /** By `performance.now`. */
  readonly atMs: number;
  /** When the count was asked for, if it was. */
  readonly askedAtMs: number | undefined;
}

/** Counts each repository that is due, once. */
async function countDue(core: Core, failed: RecentMap<string, Failure>, signal: AbortSignal): Promise<void> {
  await core.access.rules(); // a folder that was adopted beside this hub is taken up: without it a count would find nothing there
  for (let after = ""; ; ) {
    const nowMs = core.clock();
    const due = { after, limit: PAGE, beforeMs: nowMs - core.limits.recountEveryMs, nowMs };
    const page = await core.database.list("listDueRecounts", due);
    for (const { path } of page) {
      signal.throwIfAborted();
      const askedAtMs = (await findKnownUse(core.database.read, path))?.recountAskedAtMs;
      const failure = failed.get(path);
      if (failure !== undefined && failure.askedAtMs === askedAtMs && performance.now() - failure.atMs < RETRY_MS) continue;
      try {
        await countRepository(core, readPath(core, path), { gently: true }, signal);
        failed.delete(path);
        core.quotas.uncountable.set(path, false);
      } catch (error) {
        signal.throwIfAborted();
        failed.set(path, { atMs: performance.now(), askedAtMs });
        core.quotas.uncountable.set(path, true);
        core.log.error("a repository was not counted", { repository: path, error });
      }
    }
    if (page.length < PAGE) return;
    after = page.at(-1)?.path ?? "";
  }
}
