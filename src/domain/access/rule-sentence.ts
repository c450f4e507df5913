import type { AccessRule } from "./explain-rules.ts";
import { timeText } from "./time-text.ts";

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;

/** A rule as a sentence for a person, without its full stop. */
export function ruleSentence(rule: AccessRule): string {
  switch (rule.kind) {
    case "held":
      return rule.term.kind === "fixed"
        ? `nothing in ${rule.path} may be removed before ${timeText(rule.term.untilMs)}: ${rule.reason}`
        : `nothing in ${rule.path} may be removed for ${spanText(rule.term.minAgeMs)} after its arrival: ${rule.reason}`;
    case "window": {
      const whom = rule.owner.kind === "login" ? rule.owner.name : `every login of ${rule.owner.name}`;
      return `until ${timeText(rule.untilMs)} ${whom} may remove in ${rule.path}: ${rule.reason}`;
    }
    case "marked":
      return `in ${rule.path} nobody removes anything but locks without an open clean-up window`;
    case "mode":
      return `${rule.path ?? "everything"} is ${rule.mode === "read_only" ? "read-only" : "in maintenance and answers nothing"}: ${rule.reason}`;
    case "more":
      return "there are more holds, windows and marks; ask about one path";
  }
}

function spanText(ms: number): string {
  return ms >= DAY_MS ? `${Number((ms / DAY_MS).toFixed(1))} days` : `${Number((ms / HOUR_MS).toFixed(1))} hours`;
}
