import type { ChainProblem } from "./chain.ts";

/** What is wrong with a chain and what to do about it, in one sentence for a person. */
export function chainSentence(problem: ChainProblem): string {
  const of = `of "${problem.chain}"`;
  switch (problem.kind) {
    case "missing":
      return `${levelName(problem.level)} ${of} is missing, so nothing from ${levelName(problem.firstLost, "inside")} on can be restored: make a full backup.`;
    case "skipped":
      return `The upload of ${levelName(problem.level, "inside")} ${of} failed at ${minute(problem.failedAtMs)}, and what had changed until then is in no later one: make a full backup.`;
    case "outlives":
      return `${levelName(problem.level)} ${of} expires on ${day(problem.atMs)}, before others that need it: keep the whole chain until ${day(problem.untilMs)}${problem.superseded ? "" : ", or make a full backup"}.`;
    case "too_long":
      return `${levelName(problem.level)} ${of} is more than the tools restore: make a full backup.`;
  }
}

function levelName(level: number, place: "start" | "inside" = "start"): string {
  const name = level === 0 ? "the full backup" : `increment ${level}`;
  return place === "inside" ? name : `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** A hold has no end. */
function day(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : "its hold ends";
}

function minute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
