import type { Config } from "#config.ts";
import type { Core } from "#domain/core.ts";
import { reserveOf } from "#domain/quotas/take-disk-room.ts";
import { listRepositories } from "#domain/repositories/list-repositories.ts";
import { isLoopbackHost } from "#lib/listen-address.ts";
import { filePath } from "#storage/file-path.ts";

/** The clock is called late from here on; what sets it may move it by less. */
const CLOCK_BEHIND_MS = 60_000;

/** What to do when `holdsUnknownRepositories`. */
export const NEW_DATABASE =
  "Backups lie here, and the database is new: stop and put the old database back, or make accounts of their folders' names.";

/** Whether something is stored here, and the database knows of no account and no repository: it is another one than it was. */
export async function holdsUnknownRepositories(core: Core, signal: AbortSignal): Promise<boolean> {
  const { database, storage } = core;
  if ((await database.list("listAccounts", { after: undefined, limit: 1 })).length > 0) return false;
  for await (const _ of listRepositories(core)) return false;
  try {
    for await (const item of storage.list(filePath("restic"), signal)) if (item.kind === "file") return true;
  } catch (error) {
    if (!signal.aborted) throw error; // a slow disk is no reason not to start
  }
  return false;
}

/** Says at the start what would otherwise show itself with the first backup. */
export async function warnOfTrouble(core: Core, config: Config): Promise<void> {
  if (core.time.behindMs > CLOCK_BEHIND_MS) {
    core.log.warn(
      "the clock is behind what it has shown before: what has ended stays ended; if it was wrong then, see `holdfast clock reset`",
      {
        behindMs: core.time.behindMs,
      },
    );
  }
  const signal = AbortSignal.timeout(core.limits.databaseWaitMs);
  if (await holdsUnknownRepositories(core, signal)) core.log.warn(NEW_DATABASE, { data: config.data });
  const { freeBytes, totalBytes } = await core.storage.space(filePath(), AbortSignal.timeout(core.limits.databaseWaitMs));
  const reserveBytes = reserveOf(core.limits, totalBytes);
  if (freeBytes < reserveBytes) {
    core.log.warn("too little free space: uploads of packs will be refused", { freeBytes, reserveBytes, data: config.data });
  }
  for (const [listener, { address, tls }] of Object.entries(config.listeners)) {
    if (address.kind === "tcp" && !isLoopbackHost(address.host) && tls === undefined) {
      core.log.warn("passwords travel in clear text: put TLS, or a network that nobody listens to, before this listener", { listener });
    }
  }
  const account = config.noAuth.restic;
  if (account !== undefined && (await core.access.account(account)) === undefined) {
    core.log.warn("the account of noAuth.restic does not exist: requests without a login will be refused", { account });
  }
}
