import { z } from "zod";
import type { Caller } from "#domain/access/caller.ts";
import { readPath } from "#domain/access/set-grant.ts";
import type { Core } from "#domain/core.ts";
import { askRecount } from "#domain/quotas/ask-recount.ts";
import { setCleanupOnly } from "#domain/removal/set-cleanup-only.ts";
import { type ListedRepositoryUse, type ShownRepository, showRepository } from "#domain/repositories/show-repository.ts";
import { Slots } from "#lib/slots.ts";
import { HubError } from "#model/hub-error.ts";
import { quotaBytesOf } from "#model/quota.ts";
import { OBJECT_TYPES } from "#model/repository.ts";
import { type Api, callerOf } from "./api.ts";
import { grantOf, grantSchema } from "./grants.ts";
import { holdOf, holdSchema } from "./holds.ts";
import { modeOf, modeSchema } from "./modes.ts";
import { limitSchema, pathText, timeOrNull, timeSchema } from "./wire.ts";

const countSchema = z.object({ count: z.int(), sizeBytes: z.int() }).meta({ id: "Count" });

const objects = { data: countSchema, keys: countSchema, locks: countSchema, snapshots: countSchema, index: countSchema };

const useSchema = z
  .object({
    countedAt: timeSchema.nullable().describe("When they were last held against the disk; `null`: never yet, so they tell too little"),
    usedBytes: z.int().describe("What counts against quotas: all objects but locks"),
    objects: z.object({ ...objects, config: countSchema }),
  })
  .meta({ id: "RepositoryUse", description: "The counters, which are kept as objects come and go" });

const shownSchema = z
  .object({
    path: z.string(),
    home: z.string().nullable().describe("`null` for one that lies on the disk and no client has asked for yet"),
    createdAt: timeSchema.nullable(),
    owner: z.string().nullable().describe("The account for whose quota it counts; told to it, and to whoever has the role `admin` here"),
    lastSnapshotAt: timeSchema.nullable(),
    quota: z.object({ softBytes: limitSchema, hardBytes: limitSchema }).describe("Its own; that of its owner or of the hub may be less"),
    use: useSchema.nullable().describe("`null` for one that no client has asked for yet"),
    total: countSchema.describe("Counted on the disk now, as are `objects`"),
    objects: z.object(objects),
    grants: z.array(grantSchema).describe("On this path and above it, as far as they exist for whoever asks"),
    holds: z.array(holdSchema).describe("On this path and above it, without those that are over"),
    cleanupOnly: z.boolean().describe("Nobody removes anything but locks without an open clean-up window"),
    cleanupOnlyAt: z.string().nullable().describe("The nearest path that is marked so, this one or above"),
    mode: modeSchema.nullable().describe("The one in force here"),
  })
  .meta({ id: "RepositoryDetails" });

/** `/repositories/by-path` and what is done to one repository. It is named by its path, in the query or the body. */
export function repositoryDetailRoutes({ core, routes }: Api): void {
  const tags = ["repositories"];
  const counting = new Slots(
    { atOnce: core.limits.countsAtOnce, waiting: core.limits.countsWaiting },
    () => new HubError("overloaded", "Too many repositories are counted at once; try again later"),
  );

  routes.get(
    "/repositories/by-path",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "getRepository",
        summary: "One repository, counted on the disk",
        description:
          "Counting a large repository takes a while; few are counted at once. `GET /quotas/by-path` tells what is used without.",
        tags,
        querystring: z.strictObject({ path: pathText(core) }),
        response: { 200: shownSchema },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { text: path } = readPath(core, request.query.path);
      caller.requireRepository(path);
      const shown = await counting.run(() => showRepository(core, { path }, request.call.exchange.signal));
      return detailsOf(core, caller, shown);
    },
  );

  routes.patch(
    "/repositories/by-path",
    {
      config: { access: { needs: "manage_storage", accounts: "none" } },
      schema: {
        operationId: "changeRepository",
        summary: "Mark a path to be cleaned up only through a window, or take the mark off",
        description: "It counts at this path and below. Taking it off leaves one on a path above as it is.",
        tags,
        body: z.strictObject({ path: pathText(core), cleanupOnly: z.boolean() }),
        response: {
          200: z
            .object({ path: z.string(), cleanupOnly: z.boolean(), cleanupOnlyAt: z.string().nullable() })
            .meta({ id: "RepositoryMark", description: "What counts there now" }),
        },
      },
    },
    async (request) => {
      const { path, markedAt } = await setCleanupOnly(core, callerOf(request).actor, request.body);
      return { path, cleanupOnly: markedAt !== undefined, cleanupOnlyAt: markedAt ?? null };
    },
  );

  routes.post(
    "/repositories/recount",
    {
      config: { access: { needs: "manage_storage", accounts: "none" } },
      schema: {
        operationId: "recountRepository",
        summary: "Have the counters of a repository held against the disk",
        description: "Answered at once; `use.countedAt` of the repository tells when it was done.",
        tags,
        body: z.strictObject({ path: pathText(core) }),
        response: { 202: z.object({ path: z.string() }).meta({ id: "AskedRecount" }) },
      },
    },
    async (request, reply) => {
      const asked = await askRecount(core, request.body, request.call.exchange.signal);
      reply.code(202);
      return asked;
    },
  );
}

function detailsOf(core: Core, caller: Caller, shown: ShownRepository): z.infer<typeof shownSchema> {
  const { path, row, use, rules } = shown;
  const counts = OBJECT_TYPES.map((type) => shown.objects[type]);
  return {
    path,
    home: row?.home ?? null,
    createdAt: timeOrNull(row?.createdAtMs),
    owner: ownerFor(caller, path, use?.ownerName),
    lastSnapshotAt: timeOrNull(use?.lastSnapshotAtMs),
    quota: { softBytes: use?.softBytes ?? null, hardBytes: use?.hardBytes ?? null },
    use: use === undefined ? null : useOf(use),
    total: {
      count: counts.reduce((sum, { count }) => sum + count, 0),
      sizeBytes: counts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    },
    objects: shown.objects,
    grants: shown.grants.filter((grant) => caller.seesGrant(grant)).map(grantOf),
    holds: rules.holds.map((hold) => holdOf(core, hold)),
    cleanupOnly: rules.cleanupOnlyAt !== undefined,
    cleanupOnlyAt: rules.cleanupOnlyAt ?? null,
    mode: rules.mode === undefined ? null : modeOf(rules.mode),
  };
}

/** An account learns the names of others only where it decides who may come. */
function ownerFor(caller: Caller, path: string, owner: string | undefined): string | null {
  return owner !== undefined && (caller.seesAccount(owner) || caller.roleOn(path) === "admin") ? owner : null;
}

function useOf({ countedAtMs, use }: ListedRepositoryUse): z.infer<typeof useSchema> {
  return { countedAt: timeOrNull(countedAtMs), usedBytes: quotaBytesOf(use), objects: use };
}
