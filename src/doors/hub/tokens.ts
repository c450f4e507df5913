import { z } from "zod";
import { addToken, checkExpiry } from "#domain/access/add-token.ts";
import { disableToken, enableToken } from "#domain/access/disable-token.ts";
import { removeToken } from "#domain/access/remove-token.ts";
import { showToken } from "#domain/access/show-token.ts";
import { type ApiToken, refuseTokenName } from "#model/api-token.ts";
import { HubError } from "#model/hub-error.ts";
import { SCOPE_NAMES } from "#model/permissions.ts";
import { type Api, callerOf } from "./api.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { nameParameter, pageOf, pageParameters, refusedBy, text, timeInput, timeOf, timeOrNull, timeSchema } from "./wire.ts";

const tokenSchema = z
  .object({
    name: z.string(),
    scopes: z.array(z.enum(SCOPE_NAMES)),
    createdAt: timeSchema,
    expiresAt: timeSchema.nullable(),
    disabled: z.boolean(),
    disabledAt: timeSchema.nullable(),
    lastUsedAt: timeSchema.nullable().describe("Some minutes late"),
  })
  .meta({ id: "Token" });

const addedSchema = tokenSchema
  .extend({ token: z.string().describe("Goes into `Authorization: Bearer`. Shown this once") })
  .meta({ id: "AddedToken", description: "A token that was just made, with its secret" });

/** `/tokens`: programs that may use this API. */
export function tokenRoutes({ core, routes }: Api): void {
  const tags = ["tokens"];

  routes.get(
    "/tokens",
    {
      config: { access: { needs: "see", accounts: "none" } },
      schema: {
        operationId: "listTokens",
        summary: "All API tokens, by name",
        tags,
        querystring: z.strictObject(pageParameters),
        response: { 200: pageOf(tokenSchema) },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const page = await core.database.list("listApiTokens", { after: readCursor(cursor, 1)?.[0], limit });
      const last = page.length === limit ? page.at(-1) : undefined;
      return { items: page.map(tokenOf), next: last === undefined ? null : writeCursor([last.name]) };
    },
  );

  routes.post(
    "/tokens",
    {
      config: { access: { needs: "manage_hub", accounts: "none" } },
      schema: {
        operationId: "addToken",
        summary: "Make an API token",
        tags,
        body: z.strictObject({
          name: refusedBy(text(256), requireTokenName).meta({
            description: "Letters, digits and `_ - . @`, at most 64",
            examples: ["grafana"],
          }),
          scopes: z.array(z.enum(SCOPE_NAMES)).min(1).max(SCOPE_NAMES.length),
          expiresAt: refusedBy(timeInput, (time) => checkExpiry(core, Date.parse(time)))
            .nullable()
            .default(null)
            .describe("From then on it is refused; `null`: never"),
        }),
        response: { 201: addedSchema },
      },
    },
    async (request, reply) => {
      const { name, scopes, expiresAt } = request.body;
      const expiresAtMs = expiresAt === null ? undefined : Date.parse(expiresAt);
      const { token, secret } = await addToken(core, callerOf(request).actor, { name, scopes, expiresAtMs });
      reply.code(201).header("Location", `/api/v1/tokens/${encodeURIComponent(token.name)}`);
      return { ...tokenOf(token), token: secret };
    },
  );

  routes.get(
    "/tokens/:name",
    {
      config: { access: { needs: "see", accounts: "none" } },
      schema: { operationId: "getToken", summary: "One API token", tags, params: nameParameter, response: { 200: tokenSchema } },
    },
    async (request) => tokenOf(await showToken(core, request.params)),
  );

  routes.patch(
    "/tokens/:name",
    {
      config: { access: { needs: "manage_hub", accounts: "none" } },
      schema: {
        operationId: "changeToken",
        summary: "Disable or enable an API token",
        tags,
        params: nameParameter,
        body: z.strictObject({ disabled: z.boolean() }),
        response: { 200: tokenSchema },
      },
    },
    async (request) => {
      const change = request.body.disabled ? disableToken : enableToken;
      await change(core, callerOf(request).actor, request.params);
      return tokenOf(await showToken(core, request.params));
    },
  );

  routes.delete(
    "/tokens/:name",
    {
      config: { access: { needs: "manage_hub", accounts: "none" } },
      schema: { operationId: "removeToken", summary: "Remove an API token", tags, params: nameParameter, response: { 204: z.null() } },
    },
    async (request, reply) => {
      await removeToken(core, callerOf(request).actor, request.params);
      return await reply.code(204).send(null);
    },
  );
}

function requireTokenName(name: string): void {
  const refused = refuseTokenName(name);
  if (refused !== undefined) throw new HubError("invalid_input", refused);
}

function tokenOf({ name, scopes, createdAtMs, expiresAtMs, disabledAtMs, lastUsedAtMs }: ApiToken): z.infer<typeof tokenSchema> {
  return {
    name,
    scopes: [...scopes],
    createdAt: timeOf(createdAtMs),
    expiresAt: timeOrNull(expiresAtMs),
    disabled: disabledAtMs !== undefined,
    disabledAt: timeOrNull(disabledAtMs),
    lastUsedAt: timeOrNull(lastUsedAtMs),
  };
}
