import { z } from "zod";
import type { Core } from "#domain/core.ts";
import { emptyTrash } from "#domain/removal/empty-trash.ts";
import type { TrashSummary } from "#domain/removal/list-trash.ts";
import { pageOfTrash } from "#domain/removal/page-of-trash.ts";
import { requireMayRestore } from "#domain/removal/require-may-restore.ts";
import { restoreTrash } from "#domain/removal/restore-trash.ts";
import { readTrashSelection } from "#domain/removal/trash-path.ts";
import { Slots } from "#lib/slots.ts";
import { HubError } from "#model/hub-error.ts";
import { type Api, callerOf } from "./api.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { pageOf, pageParameters, refusedBy, text, timeInput, timeOf, timeSchema } from "./wire.ts";

const HOUR =
  "The UTC hour of the removal, `2026-11-21T17`; with `~2` behind it where other bytes of the same name went in the same hour, with `~r` and 8 hex digits where a removal has crossed a restore";

const sumSchema = z
  .object({
    hour: z.string().describe(HOUR),
    repository: z.string().nullable().describe("`null` for what belongs to none"),
    objects: z.int(),
    sizeBytes: z.int(),
    heldUntil: timeSchema.describe("Not erased before, whatever happens; a hold may keep it for longer"),
    keptUntil: timeSchema.describe("Erased then, or before that when an upload would be refused for want of room"),
  })
  .meta({ id: "TrashSum", description: "What was removed from one repository within one hour" });

const restoredSchema = z
  .object({
    repository: z.string(),
    objects: z.int().describe("So many came back"),
    sizeBytes: z.int(),
    alreadyThere: z.int().describe("Whose bytes were in their place already; they stay in the trash until their time is over"),
    stayed: z.int().describe("Still in the trash, because other bytes are in their place"),
    stayedPaths: z.array(z.string()).describe("The first of those"),
  })
  .meta({ id: "Restored" });

/** `/trash`: what was removed and can still come back. */
export function trashRoutes({ core, routes }: Api): void {
  const tags = ["trash"];
  // All of it walks folders on the disk.
  const walking = new Slots(
    { atOnce: core.limits.countsAtOnce, waiting: core.limits.countsWaiting },
    () => new HubError("overloaded", "Too many are at work in the trash at once; try again later"),
  );

  routes.get(
    "/trash",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "listTrash",
        summary: "What is in the trash by hour and repository, the oldest first",
        tags,
        querystring: z.strictObject({
          ...pageParameters,
          path: selection(core).optional(),
          from: timeInput.max(64).optional().describe("Only hours that end after this"),
          until: timeInput.max(64).optional().describe("Only hours that begin before this"),
        }),
        response: { 200: pageOf(sumSchema) },
      },
    },
    async (request) => {
      const { cursor, limit, path, from, until } = request.query;
      const [batch, repository = ""] = readCursor(cursor, 2) ?? [];
      const filter = {
        after: batch === undefined ? undefined : { batch, repository },
        limit,
        path,
        fromMs: from === undefined ? undefined : Date.parse(from),
        untilMs: until === undefined ? undefined : Date.parse(until),
      };
      const caller = callerOf(request);
      const { sums, next } = await walking.run(() => pageOfTrash(core, caller, filter, request.call.exchange.signal));
      return { items: sums.map(sumOf), next: next === undefined ? null : writeCursor([next.batch, next.repository]) };
    },
  );

  routes.post(
    "/trash/restore",
    {
      config: { access: { needs: "manage_storage", accounts: "own" } },
      schema: {
        operationId: "restoreTrash",
        summary: "Bring back what lay at a path",
        description:
          "Never over something else. Answered when it is done; when the client hangs up it ends where it is, and can be asked for again. An account may do so where it has the role `admin`.",
        tags,
        body: z.strictObject({
          path: selection(core),
          hour: text(23)
            .regex(/^\d{4}-\d\d-\d\dT\d\d(~([1-9]\d?|r[0-9a-f]{8}))?$/, "An hour of the trash is written as 2026-11-21T17")
            .optional()
            .describe("What was removed in that hour; otherwise the latest removed of each object"),
        }),
        response: { 200: restoredSchema },
      },
    },
    async (request) => {
      const { path, hour } = request.body;
      const caller = callerOf(request);
      await requireMayRestore(core, caller, { path });
      const { signal } = request.call.exchange;
      const done = await walking.run(() => restoreTrash(core, caller.actor, { path, at: hour }, signal));
      return {
        repository: done.repository,
        objects: done.objects,
        sizeBytes: done.sizeBytes,
        alreadyThere: done.alreadyThere,
        stayed: done.inTheWay.count,
        stayedPaths: done.inTheWay.paths.map((at) => at.replace(/^restic(?=\/)/, "")),
      };
    },
  );

  routes.post(
    "/trash/empty",
    {
      config: { access: { needs: "manage_storage", accounts: "none" } },
      schema: {
        operationId: "emptyTrash",
        summary: "Erase for good what has been in the trash for its time",
        description:
          "What lies under a hold stays in any case. With `beforeHold` also what is younger goes, which needs `confirm` and the permission `manage_hub`: it takes away what a stolen password has removed an hour ago.",
        tags,
        body: refusedBy(
          z.strictObject({
            beforeHold: z.boolean().default(false).describe("Also what has not been there for its time"),
            confirm: z.boolean().default(false).describe("Needed with `beforeHold`, and wrong without it"),
          }),
          ({ beforeHold, confirm }) => {
            if (beforeHold && !confirm) throw new HubError("invalid_input", "This erases what could still be needed; add confirm: true");
            if (confirm && !beforeHold) throw new HubError("invalid_input", "There is nothing to confirm without beforeHold");
          },
          ["confirm"],
        ),
        response: { 200: z.object({ objects: z.int(), sizeBytes: z.int() }).meta({ id: "Erased", description: "What has gone" }) },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { beforeHold } = request.body;
      if (beforeHold && !caller.permissions.includes("manage_hub")) {
        throw new HubError("forbidden", "This token lacks the permission manage_hub");
      }
      const { signal } = request.call.exchange;
      const { files, sizeBytes } = await walking.run(() => emptyTrash(core, caller.actor, { beforeHold }, signal));
      return { objects: files, sizeBytes };
    },
  );
}

function selection(core: Core): z.ZodString {
  return refusedBy(text(4096), (path) => readTrashSelection(core, path)).meta({
    description: "A repository `/laptop/photos/`, one type of its objects `/laptop/snapshots`, or one object `/laptop/data/<id>`",
    examples: ["/laptop/photos/"],
  });
}

function sumOf({ batch, repository, objects, sizeBytes, heldUntilMs, keptUntilMs }: TrashSummary): z.infer<typeof sumSchema> {
  return {
    hour: batch,
    repository: repository ?? null,
    objects,
    sizeBytes,
    heldUntil: timeOf(heldUntilMs),
    keptUntil: timeOf(keptUntilMs),
  };
}
