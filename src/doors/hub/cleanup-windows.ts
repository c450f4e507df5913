import { z } from "zod";
import { readPath } from "#domain/access/set-grant.ts";
import type { Core } from "#domain/core.ts";
import { closeCleanupWindow } from "#domain/removal/close-cleanup-window.ts";
import { DEFAULT_WINDOW_MS, openCleanupWindow } from "#domain/removal/open-cleanup-window.ts";
import { pageOfCleanupWindows } from "#domain/removal/page-of-cleanup-windows.ts";
import type { CleanupWindow } from "#model/removal.ts";
import { type Api, callerOf } from "./api.ts";
import { readNumberCursor, writeCursor } from "./cursor.ts";
import { numberParameter, pageOf, pageParameters, pathText, reasonText, text, timeOf, timeSchema } from "./wire.ts";

const MINUTE_MS = 60_000;

const ownerKind = z.enum(["login", "account"]).describe("One login, or every login of an account");

const windowSchema = z
  .object({
    id: z.int(),
    owner: z.object({ kind: ownerKind, name: z.string() }),
    path: z.string(),
    reason: z.string(),
    opensAt: timeSchema,
    closesAt: timeSchema.describe("The same as `opensAt` for one that was closed before its time"),
    open: z.boolean(),
  })
  .meta({ id: "CleanupWindow", description: "The time in which somebody may remove at a path and below it who otherwise may not" });

/** `/cleanup-windows`: who may clean up for a while. */
export function cleanupWindowRoutes({ core, routes }: Api): void {
  const tags = ["clean-up windows"];

  routes.get(
    "/cleanup-windows",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "listCleanupWindows",
        summary: "Clean-up windows, the newest first",
        description: "An account sees those that were opened for it, and those of others where it has the role `admin`.",
        tags,
        querystring: z.strictObject({
          ...pageParameters,
          path: pathText(core).optional().describe("Only those that count for what lies at this path"),
          state: z.enum(["open", "all"]).default("open").describe("`all`: also those of the last weeks that are over"),
        }),
        response: { 200: pageOf(windowSchema) },
      },
    },
    async (request) => {
      const { cursor, limit, path, state } = request.query;
      const { windows, next } = await pageOfCleanupWindows(core, callerOf(request), {
        before: readNumberCursor(cursor),
        limit,
        path: path === undefined ? undefined : readPath(core, path).text,
        all: state === "all",
      });
      return { items: windows.map((window) => windowOf(core, window)), next: next === undefined ? null : writeCursor([`${next}`]) };
    },
  );

  routes.post(
    "/cleanup-windows",
    {
      config: { access: { needs: "manage_storage", accounts: "none" } },
      schema: {
        operationId: "openCleanupWindow",
        summary: "Let somebody remove at a path and below it, for minutes",
        description: "Holds count all the same, and what is removed goes to the trash.",
        tags,
        body: z.strictObject({
          owner: z.strictObject({ kind: ownerKind, name: text(256).min(1) }),
          path: pathText(core),
          minutes: z
            .number()
            .min(1)
            .max(Math.floor(core.limits.cleanupWindowMs / MINUTE_MS))
            .default(DEFAULT_WINDOW_MS / MINUTE_MS),
          reason: reasonText,
        }),
        response: { 201: windowSchema },
      },
    },
    async (request, reply) => {
      const { owner, path, minutes, reason } = request.body;
      const durationMs = minutes * MINUTE_MS;
      const window = await openCleanupWindow(core, callerOf(request).actor, { owner, path, durationMs, reason });
      reply.code(201);
      return windowOf(core, window);
    },
  );

  routes.delete(
    "/cleanup-windows/:id",
    {
      config: { access: { needs: "manage_storage", accounts: "none" } },
      schema: {
        operationId: "closeCleanupWindow",
        summary: "Close a clean-up window before its time",
        description: "One that is over already is fine.",
        tags,
        params: numberParameter,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await closeCleanupWindow(core, callerOf(request).actor, request.params);
      return await reply.code(204).send(null);
    },
  );
}

function windowOf(core: Core, { id, owner, path, reason, opensAtMs, closesAtMs }: CleanupWindow): z.infer<typeof windowSchema> {
  const nowMs = core.time.latestMs();
  const open = opensAtMs <= nowMs && nowMs < closesAtMs;
  return { id, owner: { ...owner }, path, reason, opensAt: timeOf(opensAtMs), closesAt: timeOf(closesAtMs), open };
}
