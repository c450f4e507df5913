import { z } from "zod";
import { readPath } from "#domain/access/set-grant.ts";
import { addRepository } from "#domain/repositories/add-repository.ts";
import { pageOfRepositories } from "#domain/repositories/page-of-repositories.ts";
import { showRepository } from "#domain/repositories/show-repository.ts";
import { Slots } from "#lib/slots.ts";
import { HubError } from "#model/hub-error.ts";
import { isCreatableRepositoryPath, OBJECT_TYPES, type Repository } from "#model/repository.ts";
import { type Api, callerOf } from "./api.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { grantOf, grantSchema } from "./grants.ts";
import { pageOf, pageParameters, pathText, refusedBy, timeOf, timeOrNull, timeSchema } from "./wire.ts";

const repositorySchema = z
  .object({
    path: z.string(),
    home: z.string().describe("The entry its bytes lie on"),
    createdAt: timeSchema.describe("When the hub first saw it"),
  })
  .meta({ id: "Repository" });

const countSchema = z.object({ count: z.int(), sizeBytes: z.int() }).meta({ id: "Count" });

const shownSchema = z
  .object({
    path: z.string(),
    home: z.string().nullable().describe("`null` for one that lies on the disk and no client has asked for yet"),
    createdAt: timeSchema.nullable(),
    total: countSchema,
    objects: z.object({ data: countSchema, keys: countSchema, locks: countSchema, snapshots: countSchema, index: countSchema }),
    grants: z.array(grantSchema).describe("On this path and above it, as far as they exist for whoever asks"),
  })
  .meta({ id: "RepositoryDetails" });

/** `/repositories`: what is kept here. One of them is named by its path, in the query or the body. */
export function repositoryRoutes({ core, routes }: Api): void {
  const tags = ["repositories"];
  const counting = new Slots(
    { atOnce: core.limits.countsAtOnce, waiting: core.limits.countsWaiting },
    () => new HubError("overloaded", "Too many repositories are counted at once; try again later"),
  );

  routes.get(
    "/repositories",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "listRepositories",
        summary: "All repositories that were made or seen here, by path",
        tags,
        querystring: z.strictObject({ ...pageParameters, below: pathText(core).optional().describe("At or below this path only") }),
        response: { 200: pageOf(repositorySchema) },
      },
    },
    async (request) => {
      const { cursor, limit, below } = request.query;
      const { repositories, next } = await pageOfRepositories(core, callerOf(request), {
        after: readCursor(cursor, 1)?.[0],
        limit,
        below: below === undefined ? undefined : readPath(core, below).text,
      });
      return { items: repositories.map(repositoryOf), next: next === undefined ? null : writeCursor([next]) };
    },
  );

  routes.post(
    "/repositories",
    {
      config: { access: { needs: "manage_storage", accounts: "none" } },
      schema: {
        operationId: "addRepository",
        summary: "Make the folders of a repository",
        description: "One that is there already is fine. restic's own `init` still has to follow, and makes the folders too.",
        tags,
        body: z.strictObject({
          path: refusedBy(pathText(core), (path) => {
            if (isCreatableRepositoryPath(readPath(core, path))) return;
            throw new HubError("invalid_input", "A new repository's name has letters, digits, space and . _ - @ +");
          }),
        }),
        response: { 201: z.object({ path: z.string() }).meta({ id: "AddedRepository" }) },
      },
    },
    async (request, reply) => {
      const added = await addRepository(core, callerOf(request).actor, request.body, request.call.exchange.signal);
      reply.code(201).header("Location", `/api/v1/repositories/by-path?path=${encodeURIComponent(added.path)}`);
      return added;
    },
  );

  routes.get(
    "/repositories/by-path",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "getRepository",
        summary: "One repository, counted on the disk",
        description: "Counting a large repository takes a while; few are counted at once.",
        tags,
        querystring: z.strictObject({ path: pathText(core) }),
        response: { 200: shownSchema },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { text: path } = readPath(core, request.query.path);
      caller.requireRepository(path);
      const { row, objects, grants } = await counting.run(() => showRepository(core, { path }, request.call.exchange.signal));
      const counts = OBJECT_TYPES.map((type) => objects[type]);
      return {
        path,
        home: row?.home ?? null,
        createdAt: timeOrNull(row?.createdAtMs),
        total: {
          count: counts.reduce((sum, { count }) => sum + count, 0),
          sizeBytes: counts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        },
        objects,
        grants: grants.filter((grant) => caller.seesGrant(grant)).map(grantOf),
      };
    },
  );
}

function repositoryOf({ path, home, createdAtMs }: Repository): z.infer<typeof repositorySchema> {
  return { path, home, createdAt: timeOf(createdAtMs) };
}
