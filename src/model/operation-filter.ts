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
}

/** Whether the operation is one of those meant. */
export function matchesFilter(filter: OperationFilter, operation: Operation): boolean {
  const { kinds, status, account, repository, below, door, actorKind, actorName, sinceMs, untilMs } = filter;
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
    (untilMs === undefined || operation.recordedAtMs < untilMs)
  );
}
