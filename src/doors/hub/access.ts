import { z } from "zod";
import { showAccount } from "#domain/access/show-account.ts";
import { PERMISSIONS, ROLES } from "#model/permissions.ts";
import { type Api, callerOf } from "./api.ts";
import { roleSchema, text } from "./wire.ts";

const accessSchema = z
  .object({
    account: z.string(),
    disabled: z.boolean().describe("Then none of it counts"),
    grants: z.array(z.object({ path: z.string(), role: roleSchema, permissions: z.array(z.enum(PERMISSIONS)) })),
  })
  .meta({ id: "Access", description: "What an account may do where; on a path below several, the longest counts" });

/** `/access/{account}`: what an account may do where. */
export function accessRoutes({ core, routes }: Api): void {
  routes.get(
    "/access/:account",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "getAccess",
        summary: "What an account may do where",
        tags: ["access"],
        params: z.strictObject({ account: text(256) }),
        response: { 200: accessSchema },
      },
    },
    async (request) => {
      const { account: name } = request.params;
      callerOf(request).requireAccount(name);
      const { account, grants } = await showAccount(core, { name });
      return {
        account: account.name,
        disabled: account.disabledAtMs !== undefined,
        grants: grants.map(({ path, role }) => ({ path, role, permissions: [...ROLES[role]] })),
      };
    },
  );
}
