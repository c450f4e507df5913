import { findCleanupOnly } from "#db/cleanup-windows.ts";
import type { Actor } from "#model/actor.ts";
import { readPath } from "../access/set-grant.ts";
import type { Core } from "../core.ts";
import { requireMayHold } from "./require-may-hold.ts";

/**
 * Marks a path: at it and below nobody removes anything but locks without an open clean-up window. Taking the mark off leaves one on a
 * path above as it is; `markedAt` is the one that counts now. Throws `invalid_input`, `forbidden`.
 */
export async function setCleanupOnly(
  core: Core,
  by: Actor,
  input: { readonly path: string; readonly cleanupOnly: boolean },
): Promise<{ readonly path: string; readonly markedAt: string | undefined }> {
  const path = readPath(core, input.path).text;
  await requireMayHold(core, by, path);
  await core.database.write("setCleanupOnly", { path, cleanupOnly: input.cleanupOnly, nowMs: core.clock(), by });
  return { path, markedAt: await findCleanupOnly(core.database.read, path) };
}
