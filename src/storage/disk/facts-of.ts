import type { FileFacts } from "../driver.ts";
import type { DiskFacts } from "./disk.ts";

/** What a driver tells of a file. */
export function factsOf({ sizeBytes, modifiedAtMs, fingerprint }: DiskFacts): FileFacts {
  return { sizeBytes, modifiedAtMs, fingerprint };
}
