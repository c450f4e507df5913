import type { Log, LogFields } from "#lib/log.ts";
import type { HubError, HubErrorCode } from "#model/hub-error.ts";

// With a cause these came from the machine: from a disk or the database. Without one they are rules of ours, which the request's own line tells.
const CAUSED: ReadonlySet<HubErrorCode> = new Set(["unavailable", "overloaded", "too_large"]);

/** Logs a refusal whose reason is a fault of the machine, whole: which step failed, on what, and what the system said. */
export function logFault(log: Log, error: HubError, fields: LogFields): void {
  if (error.code === "damaged") log.error("stored bytes cannot be had", { ...fields, error });
  else if (error.code === "storage_full") log.error("there is no room", { ...fields, error });
  else if (CAUSED.has(error.code) && error.cause !== undefined)
    log.error("a request failed for a fault of the machine", { ...fields, error });
}
