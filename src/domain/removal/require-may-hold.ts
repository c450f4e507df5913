import type { Actor } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { lesserRole, roleAllows } from "#model/permissions.ts";
import { roleOn } from "../access/role-on.ts";
import type { Core } from "../core.ts";

/**
 * Throws `forbidden` unless this actor may decide how long things at `path` are kept: the operator, a token (its door has looked at its
 * scope), or an account with the role `admin` there.
 */
export async function requireMayHold(core: Core, by: Actor, path: string): Promise<void> {
  if (by.kind === "operator" || by.kind === "token") return;
  const found = by.kind === "account" ? await core.access.credential(by.login) : undefined;
  const granted = found && roleOn((await core.access.rightsOf(found.account.id)).grants, path);
  const { mostRole } = found?.credential ?? {};
  const role = granted === undefined || mostRole === undefined ? granted : lesserRole(granted, mostRole);
  if (!roleAllows(role, "hold")) throw new HubError("forbidden", "Only the operator, or the role admin there, decides this");
}

const MOST_CHARACTERS = 200;

/** A reason as it is kept: without control characters or spaces around it. Throws `invalid_input` when it says nothing or too much. */
export function readReason(text: string): string {
  const reason = text.replace(/\p{Cc}+/gu, " ").trim();
  if (reason === "") throw new HubError("invalid_input", "A reason is missing: those who are refused will read it");
  if ([...reason].length > MOST_CHARACTERS) throw new HubError("invalid_input", `A reason has at most ${MOST_CHARACTERS} characters`);
  return reason;
}
