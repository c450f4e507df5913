import { z } from "zod";
import { readPath } from "#domain/access/set-grant.ts";
import type { Core } from "#domain/core.ts";
import { listOperations, showOperation, withAccountName } from "#domain/operations/list-operations.ts";
import { toldIn, viewOf } from "#domain/operations/operation-view.ts";
import { ACTOR_KINDS, type Actor } from "#model/actor.ts";
import { OPERATION_KINDS, OPERATION_STATUSES, type Operation } from "#model/operation.ts";
import type { OperationFilter } from "#model/operation-filter.ts";
import { type Api, callerOf } from "./api.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { InvalidRequest } from "./errors.ts";
import { pageOf, pageParameters, pathText, text, timeInput, timeOf, timeOrNull, timeSchema } from "./wire.ts";

export const operationSchema = z
  .object({
    id: z.int().describe("Stays the same while the operation goes on; grows with time"),
    change: z.int().describe("Grows with every change of any line: the `id` of its event"),
    kind: z.enum(OPERATION_KINDS),
    status: z.enum(OPERATION_STATUSES).describe("`interrupted`: it was running when its hub ended"),
    startedAt: timeSchema,
    endedAt: timeSchema.nullable().describe("`null` while it runs"),
    recordedAt: timeSchema.describe("When the line was first written; `since` and `until` mean this"),
    actor: z
      .object({ kind: z.enum(ACTOR_KINDS), name: z.string().nullable(), login: z.string().nullable() })
      .describe("Who did it. Accounts are not told the logins of others, nor the names of tokens"),
    account: z.string().nullable().describe("The account it is about"),
    repository: z.string().nullable().describe("The path of the repository it is about"),
    door: z.string().nullable(),
    address: z.string().nullable().describe("Where the client was: an address, or `unix` for a unix socket"),
    client: z.string().nullable().describe("What the client calls itself"),
    summary: z.string().describe("One sentence for people"),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).describe("Figures of this kind of operation"),
  })
  .meta({ id: "Operation", description: "One line of the timeline" });

/** Which lines are meant; for the list and the stream alike. */
export function operationFilters(core: Core) {
  const kind = z.enum(OPERATION_KINDS);
  return {
    kind: z
      .union([kind, z.array(kind).min(1).max(OPERATION_KINDS.length)], { error: "Not a kind of operation" })
      .optional()
      .describe("May be given several times: one of these"),
    status: z.enum(OPERATION_STATUSES).optional(),
    account: text(256).optional().describe("The account it is about"),
    path: pathText(core).optional().describe("About exactly this repository"),
    below: pathText(core).optional().describe("About this repository or one below it"),
    door: text(64).optional().describe("`restic`, `hub`"),
    actor: text(256).optional().describe("Name of the account or token that did it"),
    actorKind: z.enum(ACTOR_KINDS).optional(),
    since: timeInput.max(64).optional().describe("First written then or later"),
    until: timeInput.max(64).optional().describe("First written before then"),
  };
}

type FilterInput = z.output<z.ZodObject<ReturnType<typeof operationFilters>>>;

/** The filter that a request's parameters mean, without what its caller may see. */
export async function readFilter(core: Core, query: FilterInput): Promise<OperationFilter> {
  const { kind, status, account, path, below, door, actor, actorKind, since, until } = query;
  return await withAccountName(core, {
    kinds: typeof kind === "string" ? [kind] : kind,
    status,
    account,
    repository: path === undefined ? undefined : readPath(core, path).text,
    below: below === undefined ? undefined : readPath(core, below).text,
    door,
    actorName: actor,
    actorKind,
    sinceMs: since === undefined ? undefined : Date.parse(since),
    untilMs: until === undefined ? undefined : Date.parse(until),
  });
}

/** `/operations`: the timeline. */
export function operationRoutes({ core, routes }: Api): void {
  const tags = ["timeline"];

  routes.get(
    "/operations",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "listOperations",
        summary: "What has happened, the newest first",
        description: "An account sees what is about itself, and what happens to the repositories on which it has a role.",
        tags,
        querystring: z.strictObject({ ...operationFilters(core), ...pageParameters }),
        response: { 200: pageOf(operationSchema) },
      },
    },
    async (request) => {
      const { cursor, limit, ...query } = request.query;
      const view = viewOf(callerOf(request));
      const filter = { ...(await readFilter(core, query)), view };
      const { operations, next } = await listOperations(core, { filter, before: readPlace(cursor), limit });
      return {
        items: operations.map((operation) => operationOf(toldIn(view, operation))),
        next: next === undefined ? null : writeCursor([`${next}`]),
      };
    },
  );

  routes.get(
    "/operations/:id",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "getOperation",
        summary: "One line of the timeline",
        tags,
        params: z.strictObject({ id: text(64) }),
        response: { 200: operationSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      const view = viewOf(callerOf(request));
      return operationOf(toldIn(view, await showOperation(core, { id: /^[1-9]\d{0,15}$/.test(id) ? Number(id) : 0, view })));
    },
  );
}

function readPlace(cursor: string | undefined): number | undefined {
  const [id] = readCursor(cursor, 1) ?? [];
  if (id === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(id)) return Number(id);
  throw new InvalidRequest([{ parameter: "cursor", detail: "Not a cursor of this list; leave it out to begin anew" }]);
}

/** A line as every reply shows it. */
export function operationOf(operation: Operation): z.infer<typeof operationSchema> {
  const { id, change, kind, status, summary, details } = operation;
  return {
    id,
    change,
    kind,
    status,
    startedAt: timeOf(operation.startedAtMs),
    endedAt: timeOrNull(operation.endedAtMs),
    recordedAt: timeOf(operation.recordedAtMs),
    actor: actorOf(operation.actor),
    account: operation.account ?? null,
    repository: operation.repository ?? null,
    door: operation.door ?? null,
    address: operation.address ?? null,
    client: operation.client ?? null,
    summary,
    details: { ...details },
  };
}

function actorOf(actor: Actor): { kind: Actor["kind"]; name: string | null; login: string | null } {
  const name = "name" in actor && actor.name !== "" ? actor.name : null;
  const login = "login" in actor && actor.login !== undefined && actor.login !== "" ? actor.login : null;
  return { kind: actor.kind, name, login };
}
