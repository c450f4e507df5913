import { z } from "zod";
import { readPath } from "#domain/access/set-grant.ts";
import type { Core } from "#domain/core.ts";
import { pageOfModes } from "#domain/modes/page-of-modes.ts";
import { clearMode, listModes, readModeReason, setMode } from "#domain/modes/set-mode.ts";
import { HubError } from "#model/hub-error.ts";
import { MODES, type ModeSetting, WHOLE_HUB } from "#model/mode.ts";
import { type Api, callerOf } from "./api.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { pageOf, pageParameters, pathText, refusedBy, text, timeOf, timeSchema } from "./wire.ts";

const modeField = z.enum(MODES).describe("`read_only`: reading, and the locks it takes; `maintenance`: nothing");

export const modeSchema = z
  .object({ path: z.string().nullable().describe("`null`: the whole hub"), mode: modeField, reason: z.string(), since: timeSchema })
  .meta({
    id: "Mode",
    description: "What clients may do meanwhile, at a path and below it. The operator and this API are not bound by it",
  });

const newMode = {
  mode: modeField,
  reason: refusedBy(text(1000), readModeReason).describe("Clients print it: plain ASCII, at most 60 characters"),
};

/** `/modes`: what is read-only, or shut for maintenance. */
export function modeRoutes({ core, routes }: Api): void {
  const tags = ["modes"];
  const access = { needs: "manage_hub", accounts: "none" } as const;

  routes.get(
    "/modes",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "listModes",
        summary: "Every mode in force",
        tags,
        querystring: z.strictObject(pageParameters),
        response: { 200: pageOf(modeSchema) },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const page = await pageOfModes(core, callerOf(request), { after: readCursor(cursor, 1)?.[0], limit });
      const last = page.length === limit ? page.at(-1) : undefined;
      return { items: page.map(modeOf), next: last === undefined ? null : writeCursor([last.scope]) };
    },
  );

  routes.put(
    "/modes/hub",
    {
      config: { access },
      schema: {
        operationId: "setHubMode",
        summary: "Put the whole hub into a mode",
        description: "With the next request, in place of the one it is in.",
        tags,
        body: z.strictObject(newMode),
        response: { 200: modeSchema },
      },
    },
    async (request) => {
      await setMode(core, callerOf(request).actor, request.body);
      return await modeAtScope(core, WHOLE_HUB);
    },
  );

  routes.delete(
    "/modes/hub",
    { config: { access }, schema: { operationId: "clearHubMode", summary: "End the mode of the hub", tags, response: { 204: z.null() } } },
    async (request, reply) => {
      await clearMode(core, callerOf(request).actor, {});
      return await reply.code(204).send(null);
    },
  );

  routes.put(
    "/modes/by-path",
    {
      config: { access },
      schema: {
        operationId: "setMode",
        summary: "Put a path and all below it into a mode",
        description: "With the next request, in place of the one that exactly this path is in. `/` is every repository.",
        tags,
        body: z.strictObject({ path: pathText(core), ...newMode }),
        response: { 200: modeSchema },
      },
    },
    async (request) => {
      await setMode(core, callerOf(request).actor, request.body);
      return await modeAtScope(core, readPath(core, request.body.path).text);
    },
  );

  routes.delete(
    "/modes/by-path",
    {
      config: { access },
      schema: {
        operationId: "clearMode",
        summary: "End the mode of exactly this path",
        tags,
        querystring: z.strictObject({ path: pathText(core) }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await clearMode(core, callerOf(request).actor, request.query);
      return await reply.code(204).send(null);
    },
  );
}

async function modeAtScope(core: Core, scope: string): Promise<z.infer<typeof modeSchema>> {
  const setting = (await listModes(core)).find((one) => one.scope === scope);
  if (setting === undefined) throw new HubError("changed", "Somebody else has ended this mode already");
  return modeOf(setting);
}

/** A mode as every reply shows it. */
export function modeOf({ scope, mode, reason, sinceMs }: ModeSetting): z.infer<typeof modeSchema> {
  return { path: scope === WHOLE_HUB ? null : scope, mode, reason, since: timeOf(sinceMs) };
}
