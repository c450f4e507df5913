import { addHold } from "#domain/removal/add-hold.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { HoldTerm } from "#model/removal.ts";
import type { Command } from "../command-context.ts";
import { readNumber } from "../read-number.ts";
import { holdFacts, termText } from "../removal-facts.ts";
import { withCore } from "../with-core.ts";

const DAY_MS = 86_400_000;

/** `holdfast hold add` */
export const holdAdd: Command<{ path: string; until?: string; days?: string; newerThan?: string; reason: string }> = async (
  context,
  input,
) => {
  const { path, reason } = input;
  const hold = await withCore(
    context,
    async (core) => await addHold(core, OPERATOR, { path, term: readTerm(input, core.clock()), reason }),
  );
  context.show(holdFacts(hold), [`Hold ${hold.id}: nobody removes anything in ${hold.path} and below, ${termText(hold.term)}.`]);
  return 0;
};

function readTerm({ until, days, newerThan }: { until?: string; days?: string; newerThan?: string }, nowMs: number): HoldTerm {
  if ([until, days, newerThan].filter((text) => text !== undefined).length !== 1) {
    throw new HubError("invalid_input", "A hold needs one of --until, --days and --newer-than");
  }
  if (newerThan !== undefined) return { kind: "rolling", minAgeMs: readNumber(newerThan, "--newer-than") * DAY_MS };
  if (days !== undefined) return { kind: "fixed", untilMs: nowMs + readNumber(days, "--days") * DAY_MS };
  // Only forms that mean the same everywhere: a day, or a time with its zone.
  const isPlain = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/.test(until ?? "");
  const untilMs = isPlain ? Date.parse(until ?? "") : Number.NaN;
  if (Number.isNaN(untilMs)) throw new HubError("invalid_input", "--until is a UTC day, 2027-01-01, or a time, 2027-01-01T12:00Z");
  return { kind: "fixed", untilMs };
}
