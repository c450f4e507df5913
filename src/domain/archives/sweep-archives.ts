import type { DueArchive } from "#db/archives.ts";
import { HUB } from "#model/actor.ts";
import { WHOLE_HUB } from "#model/mode.ts";
import type { Core } from "../core.ts";
import { mayExpire } from "../removal/may-expire.ts";
import { moveExpiredToTrash } from "./expire-archive.ts";
import { archiveFolder } from "./open-archives.ts";

/**
 * Takes away what uploads of processes that have ended left behind, and ends every archive whose time is over. Nothing while the clock has
 * just jumped, or somebody wants the hub left as it is.
 */
export async function sweepArchives(core: Core, signal: AbortSignal): Promise<void> {
  await takeAwayOrphans(core, signal);
  if ((await core.access.rules()).modes.some(({ scope }) => scope === WHOLE_HUB)) return;
  const limit = core.limits.archivesPerLook;
  const expired = new Map<string, { files: number; sizeBytes: number }>();
  const startedAtMs = core.clock();
  try {
    for (let after: DueArchive | undefined; ; ) {
      if (core.time.jumped) return core.log.warn("the clock has jumped: no archive ends this time");
      const page = await core.database.list("listDueArchives", { beforeMs: core.time.moment().earliestMs, after, limit });
      for (const archive of page) {
        signal.throwIfAborted();
        if (!(await endArchive(core, archive).catch((error: unknown) => putOff(core, archive, error)))) continue;
        const sum = expired.get(archive.accountName) ?? { files: 0, sizeBytes: 0 };
        expired.set(archive.accountName, { files: sum.files + 1, sizeBytes: sum.sizeBytes + archive.sizeBytes });
      }
      if (page.length < limit) return;
      after = page.at(-1);
    }
  } finally {
    for (const [account, { files, sizeBytes }] of expired) {
      core.timeline.record({
        kind: "archives.expired",
        status: "succeeded",
        startedAtMs,
        endedAtMs: core.clock(),
        actor: HUB,
        account,
        summary: `${files === 1 ? "An archive" : `${files} archives`} of ${account} had come to the end of ${files === 1 ? "its" : "their"} time`,
        details: { files, sizeBytes },
      });
    }
  }
}

async function takeAwayOrphans(core: Core, signal: AbortSignal): Promise<void> {
  const limit = core.limits.archivesPerLook;
  for (let after = 0; ; ) {
    const orphans = await core.database.list("listOrphanedArchives", { after, limit });
    for (const { id, accountName, door, storedName } of orphans) {
      signal.throwIfAborted();
      await core.archiveRemains.takeAway({ id, folder: archiveFolder({ door, accountName }), storedName, process: "", hasFile: true });
    }
    if (orphans.length < limit) return;
    after = orphans.at(-1)?.id ?? after;
  }
}

/** One that cannot be moved away now must not keep all others in their place. */
function putOff(core: Core, { id }: DueArchive, error: unknown): false {
  core.log.error("an archive whose time is over could not be moved away yet", { archive: id, error });
  return false;
}

/** False when it stays: it is held. */
async function endArchive(core: Core, archive: DueArchive): Promise<boolean> {
  if (archive.expiredAtMs === undefined) {
    const rules = await core.access.archiveRules(archive.accountId);
    if (rules === undefined) return false;
    const retention = { retentionMode: rules.account.retentionMode, holds: rules.holds };
    if (!mayExpire(archive, "time", core.time.moment(), retention).allowed) return false;
    if (!(await core.database.write("expireArchive", { id: archive.id, nowMs: core.clock() }))) return false;
  }
  await moveExpiredToTrash(core, archive, archive);
  return true;
}
