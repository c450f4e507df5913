import { HubError } from "#model/hub-error.ts";

/** The code of a failed system call (`ENOENT`); undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether a failed system call says that there is nothing at the path: also where a file or a link stands in the way. */
export function saysAbsent(error: unknown): boolean {
  return ABSENT.has(systemCode(error) ?? "");
}

const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENXIO", "ENAMETOOLONG"]);

/**
 * What a step of a write throws: `storage_full` for no room, whichever call says so; `forbidden` where a file stands in the way of a folder,
 * such as the key that rest-server keeps beside its repositories; anything else as it is.
 */
export function writeFault(error: unknown): unknown {
  const code = systemCode(error);
  if (code === "ENOTDIR") return new HubError("forbidden", "A file lies in the place of this folder", { cause: error });
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return new HubError("storage_full", "The backup server's disk is full", { cause: error });
}

/** What a step of a read throws: `damaged` for bytes that are there and cannot be read; anything else as it is. */
export function readFault(error: unknown): unknown {
  const code = systemCode(error);
  if (code === "EACCES" || code === "EPERM") return damaged("permission denied", error);
  if (code === "EIO" || code === "EUCLEAN" || code === "EBADMSG") return damaged("the disk reports an error", error);
  return error;
}

function damaged(why: string, cause: unknown): HubError {
  return new HubError("damaged", `A stored file cannot be read: ${why}`, { cause });
}
