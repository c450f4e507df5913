import { type Role, roleAllows } from "#model/permissions.ts";
import type { ObjectName } from "#model/repository.ts";

/** May it go: yes, or why not in a sentence for the person who asked. */
export type RemovalDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly code: "append_only" | "forbidden"; readonly reason: string };

/**
 * The one decision about taking an object away, for every door and job. Pure: who asks, for what.
 *
 * Locks are restic's own bookkeeping: each backup removes the one it made, so whoever may lock may unlock, in append-only too
 * (spec/restic-rest.md section 1.7).
 */
export function mayRemove(object: ObjectName, actor: { readonly role: Role | undefined }): RemovalDecision {
  if (object.type === "locks") {
    return roleAllows(actor.role, "lock") ? { allowed: true } : { allowed: false, code: "forbidden", reason: "Not allowed here" };
  }
  if (roleAllows(actor.role, "remove")) return { allowed: true };
  if (roleAllows(actor.role, "add")) {
    return { allowed: false, code: "append_only", reason: "Append-only: this account may add but not remove" };
  }
  return { allowed: false, code: "forbidden", reason: "This account may only read here" };
}
