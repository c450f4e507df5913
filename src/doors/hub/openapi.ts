import { STATUS_CODES } from "node:http";
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { RouteOptions } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { SCOPE_NAMES, SCOPES } from "#model/permissions.ts";
import type { RouteAccess } from "./api.ts";
import { problemSchema } from "./errors.ts";

const DESCRIPTION = `What Holdfast knows and can be told. Names are spelled out, times are ISO 8601 in UTC (\`createdAt\`), sizes are in
bytes (\`sizeBytes\`), what is not there is \`null\`. A list is read page by page: \`next\` of one page is the \`cursor\` of the one behind it.
A repository is named by its \`path\`, in the query or in the body. Unknown fields are refused. Refusals are problem details (RFC 9457).`;

/** How the document is made from the routes. */
export const openApiOptions: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: "3.1.0",
    info: { title: "Holdfast", version: "1", description: DESCRIPTION, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: "/" }],
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: `An API token. Its scopes: ${SCOPE_NAMES.map(scopeText).join("; ")}` },
        account: { type: "http", scheme: "basic", description: "Login and password of an account; it sees only what is its own" },
      },
    },
  },
  transform: jsonSchemaTransform,
  transformObject: (document) => tidied(jsonSchemaTransformObject(document)) as ReturnType<typeof jsonSchemaTransformObject>, // the same document, with less in it
};

/** Gives a route what is the same for all: the reply to a refusal, and who may use it. Throws for a route that does not say who may. */
export function completeRoute(route: RouteOptions): void {
  const { access } = route.config ?? {};
  const where = `${route.method} ${route.url}`;
  if (access === undefined) throw new Error(`${where} does not say who may use it`);
  const { schema } = route;
  if (schema?.operationId === undefined || schema.response === undefined) throw new Error(`${where} has no operationId or no reply`);
  const refusal = { description: "Refused", content: { "application/problem+json": { schema: problemSchema } } };
  schema.response = { ...schema.response, default: refusal };
  schema.security = securityOf(access);
  schema.description = [schema.description, accessText(access)].filter((text) => text !== undefined).join("\n\n");
}

function securityOf(access: RouteAccess): { [scheme: string]: string[] }[] {
  if (access === "open") return [{}];
  if (access === "known") return [{ token: [] }, { account: [] }];
  return [{ token: [access.needs] }, ...(access.accounts === "own" ? [{ account: [] }] : [])];
}

function accessText(access: RouteAccess): string | undefined {
  if (access === "open") return "Needs no credentials.";
  if (access === "known") return undefined;
  const scopes = SCOPE_NAMES.filter((scope) => (SCOPES[scope] as readonly string[]).includes(access.needs));
  return `Needs the permission \`${access.needs}\` (scopes ${scopes.map((scope) => `\`${scope}\``).join(", ")}).`;
}

function scopeText(scope: (typeof SCOPE_NAMES)[number]): string {
  return `\`${scope}\` = ${SCOPES[scope].join(", ")}`;
}

interface DocumentParts {
  components?: { schemas?: Record<string, unknown> };
  paths?: Record<string, Record<string, { responses?: Record<string, { description?: string }> }>>;
}

/** Without the schemas that nothing refers to, and with words for each status. */
function tidied(document: object): object {
  const parts = structuredClone(document) as DocumentParts; // made of plain data by the two libraries
  const schemas = parts.components?.schemas ?? {};
  const whole = JSON.stringify(parts);
  for (const name of Object.keys(schemas)) {
    if (!whole.includes(`"#/components/schemas/${name}"`)) delete schemas[name];
  }
  for (const operations of Object.values(parts.paths ?? {})) {
    for (const { responses = {} } of Object.values(operations)) {
      for (const [status, reply] of Object.entries(responses)) {
        if (reply.description === "Default Response") reply.description = STATUS_CODES[status] ?? status;
      }
    }
  }
  return parts;
}
