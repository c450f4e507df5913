import { z } from "zod";
import { pageOfGrants } from "#domain/access/page-of-grants.ts";
import { removeGrant } from "#domain/access/remove-grant.ts";
import { readPath, setGrant } from "#domain/access/set-grant.ts";
import { showAccount } from "#domain/access/show-account.ts";
import type { Role } from "#model/permissions.ts";
import { type Api, callerOf } from "./api.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { pageOf, pageParameters, pathText, roleSchema, text } from "./wire.ts";

export const grantSchema = z
  .object({ account: z.string(), path: z.string(), role: roleSchema })
  .meta({ id: "Grant", description: "A role on a path and all below it; where several match, the longest path wins" });

/** `/grants`: which account may do what, and where. */
export function grantRoutes({ core, routes }: Api): void {
  const tags = ["grants"];

  routes.get(
    "/grants",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "listGrants",
        summary: "All grants, by path and account",
        tags,
        querystring: z.strictObject({
          ...pageParameters,
          account: text(256).optional().describe("Of this account only"),
          path: pathText(core).optional().describe("On exactly this path only"),
        }),
        response: { 200: pageOf(grantSchema) },
      },
    },
    async (request) => {
      const { cursor, limit, account, path } = request.query;
      const [afterPath = "", accountName = ""] = readCursor(cursor, 2) ?? [];
      const { grants, next } = await pageOfGrants(core, callerOf(request), {
        after: cursor === undefined ? undefined : { path: afterPath, accountName },
        limit,
        accountName: account,
        paths: path === undefined ? undefined : [readPath(core, path).text],
      });
      return { items: grants.map(grantOf), next: next === undefined ? null : writeCursor([next.path, next.accountName]) };
    },
  );

  routes.put(
    "/grants",
    {
      config: { access: { needs: "manage_access", accounts: "own" } },
      schema: {
        operationId: "setGrant",
        summary: "Give an account a role on a path and all below it",
        description:
          "In place of the one it had on exactly this path. An account may do so where it has the role `admin`, and nowhere below a lesser one.",
        tags,
        body: z.strictObject({ account: text(256).min(1), path: pathText(core), role: roleSchema }),
        response: { 200: grantSchema },
      },
    },
    async (request) => {
      const { account: accountName, role } = request.body;
      const caller = callerOf(request);
      const { text: path } = readPath(core, request.body.path);
      caller.requireGrantOn(path);
      await setGrant(core, caller.actor, { accountName, path, role });
      const { account } = await showAccount(core, { name: accountName });
      return { account: account.name, path, role };
    },
  );

  routes.delete(
    "/grants",
    {
      config: { access: { needs: "manage_access", accounts: "own" } },
      schema: {
        operationId: "removeGrant",
        summary: "Take back what an account was granted on exactly this path",
        tags,
        querystring: z.strictObject({ account: text(256).min(1), path: pathText(core) }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { account: accountName } = request.query;
      const caller = callerOf(request);
      const { text: path } = readPath(core, request.query.path);
      caller.requireGrantOn(path);
      await removeGrant(core, caller.actor, { accountName, path });
      return await reply.code(204).send(null);
    },
  );
}

/** A grant as every reply shows it. */
export function grantOf({ accountName, path, role }: { readonly accountName: string; readonly path: string; readonly role: Role }) {
  return { account: accountName, path, role };
}
