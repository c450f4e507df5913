import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";
import { expireArchive } from "./expire-archive.ts";
import { findLiveArchive } from "./find-archive.ts";
import type { OpenArchives } from "./open-archives.ts";
import { tooLarge } from "./too-large.ts";

/**
 * Throws unless this principal may keep a file of that name and size now: `forbidden`, `unavailable`, `invalid_input` for one that does
 * not say how long it is, `too_large`, `already_exists`. Resolves to the most bytes that it may have.
 */
export async function requireMayReceive(
  core: Core,
  archives: OpenArchives,
  { name, sizeBytes }: { readonly name: string; readonly sizeBytes: number | undefined },
): Promise<number> {
  archives.require("add");
  const { suspended, acceptsUnknownLength, mostFileBytes = core.limits.archiveBytes } = archives.rules.account;
  if (suspended !== undefined) throw new HubError("forbidden", `Uploads are suspended: ${suspended.reason}`.slice(0, 80));
  if (sizeBytes === undefined && !acceptsUnknownLength)
    throw new HubError("invalid_input", "Say how long the file is: Content-Length is missing");
  if (sizeBytes !== undefined && sizeBytes > mostFileBytes) throw tooLarge(mostFileBytes);
  if ((await findLiveArchive(core, archives, name)) !== undefined) {
    throw new HubError("already_exists", "A file of this name is stored already; names are used once");
  }
  // What is over and still has the name gives it up.
  await expireArchive(core, archives, name);
  return mostFileBytes;
}
