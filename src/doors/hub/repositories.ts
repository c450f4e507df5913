import { z } from "zod";
import { readPath } from "#domain/access/set-grant.ts";
import { addRepository } from "#domain/repositories/add-repository.ts";
import { pageOfRepositories } from "#domain/repositories/page-of-repositories.ts";
import { HubError } from "#model/hub-error.ts";
import { isCreatableRepositoryPath, type Repository } from "#model/repository.ts";
import { type Api, callerOf } from "./api.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { pageOf, pageParameters, pathText, refusedBy, timeOf, timeSchema } from "./wire.ts";

const repositorySchema = z
  .object({
    path: z.string(),
    home: z.string().describe("The entry its bytes lie on"),
    createdAt: timeSchema.describe("When the hub first saw it"),
  })
  .meta({ id: "Repository" });

/** `/repositories`: what is kept here. Of one of them tells `repository-details.ts`. */
export function repositoryRoutes({ core, routes }: Api): void {
  const tags = ["repositories"];

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
}

function repositoryOf({ path, home, createdAtMs }: Repository): z.infer<typeof repositorySchema> {
  return { path, home, createdAt: timeOf(createdAtMs) };
}
