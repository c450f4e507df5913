import { z } from "zod";
import { readPath } from "#domain/access/set-grant.ts";
import type { Core } from "#domain/core.ts";
import { addHold } from "#domain/removal/add-hold.ts";
import { pageOfHolds } from "#domain/removal/page-of-holds.ts";
import { removeHold } from "#domain/removal/remove-hold.ts";
import { HubError } from "#model/hub-error.ts";
import type { Hold, HoldTerm } from "#model/removal.ts";
import { type Api, callerOf } from "./api.ts";
import { readNumberCursor, writeCursor } from "./cursor.ts";
import { numberParameter, pageOf, pageParameters, pathText, reasonText, refusedBy, timeInput, timeOf, timeSchema } from "./wire.ts";

const DAY_MS = 86_400_000;
const MOST_DAYS = 36_500;

export const holdSchema = z
  .object({
    id: z.int(),
    path: z.string(),
    until: timeSchema.nullable().describe("Nothing goes before; `null` for a hold to an age"),
    newerThanDays: z.number().nullable().describe("Nothing goes that has not lain here for so long; `null` for a hold to a time"),
    over: z.boolean().describe("Its time has passed, so it keeps nothing any more"),
    reason: z.string(),
    createdAt: timeSchema,
  })
  .meta({ id: "Hold", description: "A time before which nobody removes anything at a path and below it" });

/** `/holds`: what may not be removed yet. */
export function holdRoutes({ core, routes }: Api): void {
  const tags = ["holds"];

  routes.get(
    "/holds",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "listHolds",
        summary: "All holds, in the order in which they were added",
        tags,
        querystring: z.strictObject({
          ...pageParameters,
          path: pathText(core).optional().describe("Only those that count for what lies at this path"),
        }),
        response: { 200: pageOf(holdSchema) },
      },
    },
    async (request) => {
      const { cursor, limit, path } = request.query;
      const { holds, next } = await pageOfHolds(core, callerOf(request), {
        after: readNumberCursor(cursor),
        limit,
        path: path === undefined ? undefined : readPath(core, path).text,
      });
      return { items: holds.map((hold) => holdOf(core, hold)), next: next === undefined ? null : writeCursor([`${next}`]) };
    },
  );

  routes.post(
    "/holds",
    {
      config: { access: { needs: "hold", accounts: "own" } },
      schema: {
        operationId: "addHold",
        summary: "Keep everything at a path and below it",
        description:
          "The longest of several holds counts. An account may do so where it has the role `admin`, and nowhere below a lesser one; it cannot lift one.",
        tags,
        body: newHold(core),
        response: { 201: holdSchema },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { text: path } = readPath(core, request.body.path);
      caller.requireHoldOn(path);
      const hold = await addHold(core, caller.actor, { path, term: termOf(request.body), reason: request.body.reason });
      reply.code(201);
      return holdOf(core, hold);
    },
  );

  routes.delete(
    "/holds/:id",
    {
      config: { access: { needs: "hold", accounts: "none" } },
      schema: { operationId: "removeHold", summary: "Lift a hold", tags, params: numberParameter, response: { 204: z.null() } },
    },
    async (request, reply) => {
      await removeHold(core, callerOf(request).actor, request.params);
      return await reply.code(204).send(null);
    },
  );
}

interface TermFields {
  readonly until: string | null;
  readonly newerThanDays: number | null;
}

function newHold(core: Core) {
  const until = refusedBy(timeInput, (time) => {
    if (Date.parse(time) <= core.clock()) throw new HubError("invalid_input", "A hold ends in the future");
  });
  const fields = z.strictObject({
    path: pathText(core),
    until: until.nullable().default(null).describe("Nothing goes before this time"),
    newerThanDays: z
      .number()
      .positive()
      .max(MOST_DAYS)
      .nullable()
      .default(null)
      .describe("Nothing goes that has not lain here for so long"),
    reason: reasonText,
  });
  return refusedBy(fields, termOf, ["until"]);
}

function termOf({ until, newerThanDays }: TermFields): HoldTerm {
  if (until !== null && newerThanDays === null) return { kind: "fixed", untilMs: Date.parse(until) };
  if (newerThanDays !== null && until === null) return { kind: "rolling", minAgeMs: newerThanDays * DAY_MS };
  throw new HubError("invalid_input", "A hold has either until or newerThanDays");
}

/** A hold as every reply shows it. */
export function holdOf(core: Core, { id, path, term, reason, createdAtMs }: Hold): z.infer<typeof holdSchema> {
  return {
    id,
    path,
    until: term.kind === "fixed" ? timeOf(term.untilMs) : null,
    newerThanDays: term.kind === "rolling" ? term.minAgeMs / DAY_MS : null,
    over: term.kind === "fixed" && term.untilMs <= core.clock(),
    reason,
    createdAt: timeOf(createdAtMs),
  };
}
