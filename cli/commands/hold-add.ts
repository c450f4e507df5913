import { addHold } from "#domain/removal/add-hold.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { HoldTerm } from "#model/removal.ts";
import type { Command } from "../command-context.ts";
import { readMoment } from "../read-moment.ts";
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
  return { kind: "fixed", untilMs: readMoment("--until", until ?? "", nowMs) };
}
