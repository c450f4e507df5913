import { readFileSync } from "node:fs";

/** The version of this program, `1.2.3`. */
export function productVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }; // our own file
  return manifest.version;
}
