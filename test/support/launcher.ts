import { join } from "node:path";

/** How `./holdfast <args>` of a checkout runs, with the settings for Node that come with it; the process stays the same one. */
export function launcher(tree: string, args: readonly string[]): { readonly program: string; readonly args: readonly string[] } {
  return { program: "sh", args: [join(tree, "scripts/with-node.sh"), "cli/main.ts", ...args] };
}
