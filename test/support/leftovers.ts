import { globSync } from "node:fs";
import type { DoorHub } from "./door-hub.ts";

/** Every file below `restic/` that no client has asked to be there: what a refused upload must not leave. */
export function leftovers(door: DoorHub): string[] {
  return globSync(["**/.hub-tmp/*", "**/*temp*"], { cwd: door.tree });
}
