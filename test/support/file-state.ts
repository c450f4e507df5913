import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { State } from "./database-state.ts";

/** Every name below `folder` with its kind, mode and bytes. */
export function fileState(folder: string): State {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    names.map((name) => {
      const path = join(folder, name);
      const found = lstatSync(path);
      const bytes = found.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
      return [`file ${name}`, `${found.mode} ${bytes}`];
    }),
  );
}
