import type { Actor } from "#model/actor.ts";
import type { Operation } from "#model/operation.ts";
import type { OperationView } from "#model/operation-filter.ts";
import type { Caller } from "../access/caller.ts";

// Each is two comparisons for a line that is looked at. Of an account with more, what happens in the others is not told.
const MOST_ROOTS = 2000;

/** What of the timeline exists for the caller; undefined: all of it. */
export function viewOf(caller: Caller): OperationView | undefined {
  if (caller.visitor === undefined) return undefined;
  return { account: caller.visitor.accountName, roots: caller.roots.slice(0, MOST_ROOTS) };
}

/**
 * The line as it may be told within the view: of a line about another account neither its login nor where it came from and with what
 * program; and of tokens no name.
 */
export function toldIn(view: OperationView | undefined, operation: Operation): Operation {
  if (view === undefined) return operation;
  if (operation.account === view.account) return { ...operation, actor: withoutTokenName(operation.actor) };
  const { address: _, client: __, ...rest } = operation;
  return { ...rest, actor: withoutLogin(withoutTokenName(operation.actor)) };
}

function withoutTokenName(actor: Actor): Actor {
  return actor.kind === "token" ? { kind: "token", name: "" } : actor;
}

function withoutLogin(actor: Actor): Actor {
  if (actor.kind === "account") return { ...actor, login: "" };
  return actor.kind === "stranger" ? { ...actor, login: undefined } : actor;
}
