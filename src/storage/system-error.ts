import { HubError, type HubErrorCode } from "#model/hub-error.ts";

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

// What the machine says when nothing is wrong with the request. The last are of file systems over a network.
const FULL = ["storage_full", "The backup server's disk is full"] as const;
const SPENT = ["overloaded", "The backup server is short of open files or memory; try again soon"] as const;
const FAILING = ["damaged", "The backup server's disk reports an error"] as const;
const AWAY = ["unavailable", "The disk of the backup server does not answer"] as const;

const FAULTS: Readonly<Record<string, readonly [HubErrorCode, string]>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: ["too_large", "The backup server's file system takes no file of this size"],
  EROFS: ["unavailable", "The backup server's disk is read-only"],
  EMFILE: SPENT,
  ENFILE: SPENT,
  ENOMEM: SPENT,
  ENOBUFS: SPENT,
  EIO: FAILING,
  EUCLEAN: FAILING,
  EBADMSG: FAILING,
  EREMOTEIO: FAILING,
  ESTALE: AWAY,
  ENOTCONN: AWAY,
  ETIMEDOUT: AWAY,
  EHOSTDOWN: AWAY,
  EHOSTUNREACH: AWAY,
  ENODEV: AWAY,
};

/**
 * What a step of a write throws, with the system's error as its cause: `storage_full` for no room, whichever call says so; `forbidden` where a
 * file stands in the way of a folder, such as the key that rest-server keeps beside its repositories; `unavailable`, `overloaded`,
 * `too_large` and `damaged` for what else the machine has to say; anything else as it is.
 */
export function writeFault(error: unknown): unknown {
  const code = systemCode(error) ?? "";
  if (code === "ENOTDIR") return new HubError("forbidden", "A file lies in the place of this folder", { cause: error });
  if (code === "EACCES" || code === "EPERM")
    return new HubError("unavailable", "The backup server may not write to its disk", { cause: error });
  return machineFault(error, code);
}

/** What a step of a read throws: `damaged` for bytes that are there and cannot be read; else as `writeFault`. */
export function readFault(error: unknown): unknown {
  const code = systemCode(error) ?? "";
  if (code === "EACCES" || code === "EPERM") return damaged("permission denied", error);
  if (code === "EIO" || code === "EUCLEAN" || code === "EBADMSG") return damaged("the disk reports an error", error);
  return machineFault(error, code);
}

function machineFault(error: unknown, code: string): unknown {
  const [meaning, message] = FAULTS[code] ?? [];
  return meaning === undefined || message === undefined ? error : new HubError(meaning, message, { cause: error });
}

function damaged(why: string, cause: unknown): HubError {
  return new HubError("damaged", `A stored file cannot be read: ${why}`, { cause });
}
