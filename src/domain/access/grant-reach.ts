import type { Grant } from "#model/account.ts";
import { roleOn } from "./role-on.ts";

/**
 * Whether an account with these grants may give others a role on `path`: it needs `admin` there, and nowhere below a lesser role of its
 * own. Else it could give another account, and so itself, what it was denied.
 */
export function mayGrantOn(grants: readonly Grant[], path: string): boolean {
  if (roleOn(grants, path) !== "admin") return false;
  return grants.every((grant) => !grant.path.startsWith(path) || grant.role === "admin");
}

/** Those of the paths that lie below none of the others, each once, in byte order. */
export function rootsOf(paths: readonly string[]): readonly string[] {
  const roots: string[] = [];
  for (const path of paths.toSorted()) {
    const last = roots.at(-1);
    if (last === undefined || !path.startsWith(last)) roots.push(path);
  }
  return roots;
}
