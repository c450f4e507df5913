import { z } from "zod";
import { readPath } from "#domain/access/set-grant.ts";
import { type ListedQuota, pageOfQuotas } from "#domain/quotas/page-of-quotas.ts";
import { setQuota } from "#domain/quotas/set-quota.ts";
import { showQuota } from "#domain/quotas/show-quota.ts";
import type { Actor } from "#model/actor.ts";
import type { QuotaScope } from "#model/quota.ts";
import { type Api, callerOf } from "./api.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { limitSchema, nameParameter, pageOf, pageParameters, pathText } from "./wire.ts";

const SCOPES = ["repository", "account", "hub"] as const satisfies readonly QuotaScope["kind"][];

const quotaSchema = z
  .object({
    scope: z.enum(SCOPES),
    path: z.string().nullable().describe("Of the repository, for which alone it counts and not for those below it"),
    account: z.string().nullable().describe("The account that owns the repositories for which it counts"),
    softBytes: limitSchema.describe("Warns in the timeline"),
    hardBytes: limitSchema.describe("What would pass it by a byte is refused"),
    usedBytes: z.int().describe("All objects but locks; of the hub with what lies in the trash"),
    setAsideBytes: z.int().describe("For uploads that are under way, and so as good as used"),
    uncountedRepositories: z.int().describe("Still to be counted for the first time, so that `usedBytes` is too little"),
  })
  .meta({ id: "Quota" });

const limits = z.strictObject({
  softBytes: limitSchema.describe("`null` for no such limit"),
  hardBytes: limitSchema.describe("`null` for no such limit"),
});

/** `/quotas`: how much may be stored, and how much is. Of a scope without limits one is told all the same what is used. */
export function quotaRoutes({ core, routes }: Api): void {
  const tags = ["quotas"];
  const mayChange = { needs: "manage_storage", accounts: "none" } as const;
  const description = "In place of the limits that were there; it holds for uploads that begin from now on.";
  const show = async (scope: QuotaScope) => quotaOf(await showQuota(core, { scope }));
  const put = async (by: Actor, scope: QuotaScope, wanted: z.infer<typeof limits>) => {
    await setQuota(core, by, { scope, softBytes: wanted.softBytes, hardBytes: wanted.hardBytes });
    return await show(scope);
  };

  routes.get(
    "/quotas",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "listQuotas",
        summary: "Every quota with what is used of it",
        tags,
        querystring: z.strictObject(pageParameters),
        response: { 200: pageOf(quotaSchema) },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const [word, key = ""] = readCursor(cursor, 2) ?? [];
      const scope = SCOPES.find((known) => known === word);
      const after = scope === undefined ? undefined : { scope, key };
      const { quotas, next } = await pageOfQuotas(core, callerOf(request), { after, limit });
      return { items: quotas.map(quotaOf), next: next === undefined ? null : writeCursor([next.scope, next.key]) };
    },
  );

  routes.get(
    "/quotas/hub",
    {
      config: { access: { needs: "see", accounts: "none" } },
      schema: { operationId: "getHubQuota", summary: "What is kept here altogether, and may be", tags, response: { 200: quotaSchema } },
    },
    async () => await show({ kind: "hub" }),
  );

  routes.put(
    "/quotas/hub",
    {
      config: { access: mayChange },
      schema: {
        operationId: "setHubQuota",
        summary: "Set the limits of the hub",
        description,
        tags,
        body: limits,
        response: { 200: quotaSchema },
      },
    },
    async (request) => await put(callerOf(request).actor, { kind: "hub" }, request.body),
  );

  routes.get(
    "/quotas/accounts/:name",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "getAccountQuota",
        summary: "What an account keeps here, and may",
        tags,
        params: nameParameter,
        response: { 200: quotaSchema },
      },
    },
    async (request) => {
      callerOf(request).requireAccount(request.params.name);
      return await show({ kind: "account", name: request.params.name });
    },
  );

  routes.put(
    "/quotas/accounts/:name",
    {
      config: { access: mayChange },
      schema: {
        operationId: "setAccountQuota",
        summary: "Set the limits of an account",
        description,
        tags,
        params: nameParameter,
        body: limits,
        response: { 200: quotaSchema },
      },
    },
    async (request) => await put(callerOf(request).actor, { kind: "account", name: request.params.name }, request.body),
  );

  routes.get(
    "/quotas/by-path",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "getRepositoryQuota",
        summary: "What lies in a repository, and may",
        tags,
        querystring: z.strictObject({ path: pathText(core) }),
        response: { 200: quotaSchema },
      },
    },
    async (request) => {
      const { text: path } = readPath(core, request.query.path);
      callerOf(request).requireRepository(path);
      return await show({ kind: "repository", path });
    },
  );

  routes.put(
    "/quotas/by-path",
    {
      config: { access: mayChange },
      schema: {
        operationId: "setRepositoryQuota",
        summary: "Set the limits of a repository",
        description: `${description} It need not be there yet.`,
        tags,
        body: limits.extend({ path: pathText(core) }),
        response: { 200: quotaSchema },
      },
    },
    async (request) => {
      const { path, ...wanted } = request.body;
      return await put(callerOf(request).actor, { kind: "repository", path }, wanted);
    },
  );
}

function quotaOf({ scope, softBytes, hardBytes, usedBytes, drawnBytes, uncounted }: ListedQuota): z.infer<typeof quotaSchema> {
  return {
    scope: scope.kind,
    path: scope.kind === "repository" ? scope.path : null,
    account: scope.kind === "account" ? scope.name : null,
    softBytes: softBytes ?? null,
    hardBytes: hardBytes ?? null,
    usedBytes,
    setAsideBytes: drawnBytes,
    uncountedRepositories: uncounted,
  };
}
