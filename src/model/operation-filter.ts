import type { Actor } from "./actor.ts";
import type { Operation, OperationKind, OperationStatus } from "./operation.ts";

/** Which lines of the timeline are meant: those for which everything that is given holds. */
export interface OperationFilter {
  /** One of these; at least one, when given. */
  readonly kinds?: readonly OperationKind[] | undefined;
  readonly status?: OperationStatus | undefined;
  /** Name of the account it is about, as it is written. */
  readonly account?: string | undefined;
  /** About exactly this repository. */
  readonly repository?: string | undefined;
  /** About a repository at this path, which ends in a slash, or below it. */
  readonly below?: string | undefined;
  readonly door?: string | undefined;
  readonly actorKind?: Actor["kind"] | undefined;
  /** Name of the account or token that did it. */
  readonly actorName?: string | undefined;
  /** First written at this time or later. */
  readonly sinceMs?: number | undefined;
  /** First written before this time. */
  readonly untilMs?: number | undefined;
  /** Only what an account may see; undefined for those who see everything. */
  readonly view?: OperationView | undefined;
}

/**
 * The part of the timeline that is an account's to see: lines about itself, and of the repositories it has a role on what happens to what
 * is kept there (docs/decisions/017).
 */
export interface OperationView {
  readonly account: string;
  /** It has a role on these paths and all that is below them; none of them lies below another. */
  readonly roots: readonly string[];
}

/** What happens to a repository and concerns everybody who has a role there, whoever did it. */
export const SHARED_KINDS: readonly OperationKind[] = [
  "repository.created",
  "backup.arrived",
  "snapshot.rewritten",
  "cleanup.run",
  "key.changed",
  "lock.stale",
  "object.healed",
  "quota.warning",
  "trash.restored",
];

/** The same, where it is about no account but about the place: a hold, a mode, a quota. */
export const SHARED_WITHOUT_ACCOUNT: readonly OperationKind[] = ["settings.changed"];

/** Whether the operation is one of those meant. */
export function matchesFilter(filter: OperationFilter, operation: Operation): boolean {
  const { kinds, status, account, repository, below, door, actorKind, actorName, sinceMs, untilMs, view } = filter;
  const { actor } = operation;
  return (
    (kinds === undefined || kinds.includes(operation.kind)) &&
    (status === undefined || operation.status === status) &&
    (account === undefined || operation.account === account) &&
    (repository === undefined || operation.repository === repository) &&
    (below === undefined || operation.repository?.startsWith(below) === true) &&
    (door === undefined || operation.door === door) &&
    (actorKind === undefined || actor.kind === actorKind) &&
    (actorName === undefined || ("name" in actor && actor.name === actorName)) &&
    (sinceMs === undefined || operation.recordedAtMs >= sinceMs) &&
    (untilMs === undefined || operation.recordedAtMs < untilMs) &&
    (view === undefined || (isInView(view, operation) && (actorName === undefined || actor.kind === "account")))
  );
}

/** Whether the operation is the account's to see. A name in a filter is an account's then: those of tokens are not told. */
function isInView({ account, roots }: OperationView, operation: Operation): boolean {
  if (operation.account === account) return true;
  const { kind, repository } = operation;
  const isShared = SHARED_KINDS.includes(kind) || (operation.account === undefined && SHARED_WITHOUT_ACCOUNT.includes(kind));
  return isShared && repository !== undefined && roots.some((root) => repository.startsWith(root));
}
