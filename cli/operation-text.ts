import type { Actor } from "#model/actor.ts";
import type { Operation } from "#model/operation.ts";
import { timeOf } from "./time-of.ts";

/** Who did it, in a word or two: `laptop`, `laptop (laptop.nas)`, `operator`, `token ci`. */
export function actorText(actor: Actor): string {
  if (actor.kind === "account") return actor.login === actor.name ? actor.name : `${actor.name} (${actor.login})`;
  if (actor.kind === "token") return `token ${actor.name}`;
  if (actor.kind === "stranger") return actor.login === undefined ? "stranger" : `stranger (${actor.login})`;
  return actor.kind;
}

/** Its row in a table under `OPERATION_HEADINGS`. */
export function operationRow(operation: Operation): string[] {
  const { id, startedAtMs, kind, status, actor, summary, repository } = operation;
  return [`${id}`, timeText(startedAtMs), kind, status, actorText(actor), repository ?? "", summary];
}

export const OPERATION_HEADINGS = ["ID", "TIME (UTC)", "WHAT", "STATUS", "WHO", "REPOSITORY", "SUMMARY"];

/** The same without a table around it, for lines that come one by one. */
export function operationLine(operation: Operation): string {
  const [id = "", time = "", kind = "", status = "", who = "", repository = "", summary = ""] = operationRow(operation);
  return [id.padStart(6), time, kind.padEnd(18), status.padEnd(11), who.padEnd(12), repository.padEnd(12), summary].join("  ").trimEnd();
}

/** For scripts. */
export function operationValue({ startedAtMs, endedAtMs, recordedAtMs, actor, ...operation }: Operation): Record<string, unknown> {
  const { id, change, kind, status, ...rest } = operation;
  return {
    id,
    change,
    kind,
    status,
    startedAt: timeOf(startedAtMs),
    endedAt: endedAtMs === undefined ? null : timeOf(endedAtMs),
    recordedAt: timeOf(recordedAtMs),
    actor,
    ...rest,
  };
}

function timeText(ms: number): string {
  return timeOf(ms).slice(0, 19).replace("T", " ");
}
