import type { CleanupWindow, Hold, HoldTerm } from "#model/removal.ts";
import { timeOf } from "./time-of.ts";

const DAY_MS = 86_400_000;

/** A hold for scripts. */
export function holdFacts({ id, path, term, reason, createdAtMs }: Hold) {
  return {
    number: id,
    path,
    until: term.kind === "fixed" ? timeOf(term.untilMs) : null,
    newerThanDays: term.kind === "rolling" ? term.minAgeMs / DAY_MS : null,
    reason,
    createdAt: timeOf(createdAtMs),
  };
}

/** How long a hold lasts, for people. */
export function termText(term: HoldTerm): string {
  if (term.kind === "fixed") return `until ${timeOf(term.untilMs).slice(0, 16)}Z`;
  return `until it has lain here for ${Number((term.minAgeMs / DAY_MS).toFixed(2))} days`;
}

/** A clean-up window for scripts. */
export function windowFacts({ id, owner, path, reason, opensAtMs, closesAtMs }: CleanupWindow, nowMs: number) {
  return {
    number: id,
    [owner.kind]: owner.name,
    path,
    reason,
    opensAt: timeOf(opensAtMs),
    closesAt: timeOf(closesAtMs),
    open: opensAtMs <= nowMs && nowMs < closesAtMs,
  };
}
