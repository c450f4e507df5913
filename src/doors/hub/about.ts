import { z } from "zod";
import { productVersion } from "#lib/product-version.ts";
import { PERMISSIONS, SCOPE_NAMES } from "#model/permissions.ts";
import { type Api, callerOf } from "./api.ts";
import { timeOrNull } from "./wire.ts";

const indexSchema = z
  .object({ name: z.literal("Holdfast"), api: z.literal("1"), openapi: z.string(), docs: z.string() })
  .meta({ id: "Index" });

const versionSchema = z
  .object({ version: z.string().describe("Of the program"), api: z.literal("1").describe("Of this API: the number in its path") })
  .meta({ id: "Version" });

const whoamiSchema = z
  .object({
    kind: z.enum(["operator", "token", "account"]).describe("`operator`: this machine's own, without credentials"),
    name: z.string().nullable().describe("Of the token or the account"),
    login: z.string().nullable().describe("What an account has signed in as"),
    scopes: z.array(z.enum(SCOPE_NAMES)).nullable().describe("Of a token"),
    permissions: z.array(z.enum(PERMISSIONS)),
    expiresAt: z.string().nullable(),
  })
  .meta({ id: "Whoami" });

/** `/`, `/openapi.json`, `/version`, `/whoami`: what this is, and who is asking. */
export function aboutRoutes({ routes }: Api): void {
  const tags = ["about"];
  const version = productVersion();

  routes.get(
    "",
    {
      config: { access: "open" },
      schema: { operationId: "getIndex", summary: "Where to find what", tags, response: { 200: indexSchema } },
    },
    async () => ({ name: "Holdfast" as const, api: "1" as const, openapi: "/api/v1/openapi.json", docs: "docs/api.md" }),
  );

  routes.get(
    "/openapi.json",
    {
      config: { access: "open" },
      schema: { operationId: "getOpenApi", summary: "This document", tags, response: { 200: z.record(z.string(), z.unknown()) } },
    },
    async () => ({ ...routes.swagger() }),
  );

  routes.get(
    "/version",
    {
      config: { access: "known" },
      schema: { operationId: "getVersion", summary: "Which version runs", tags, response: { 200: versionSchema } },
    },
    async () => ({ version, api: "1" as const }),
  );

  routes.get(
    "/whoami",
    { config: { access: "known" }, schema: { operationId: "getWhoami", summary: "Who is asking", tags, response: { 200: whoamiSchema } } },
    async (request) => {
      const { kind, token, visitor, permissions } = callerOf(request);
      return {
        kind,
        name: token?.name ?? visitor?.accountName ?? null,
        login: visitor?.login ?? null,
        scopes: token === undefined ? null : [...token.scopes],
        permissions: [...permissions],
        expiresAt: timeOrNull(token?.expiresAtMs),
      };
    },
  );
}
