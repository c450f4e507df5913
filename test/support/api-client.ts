import assert from "node:assert/strict";
import { z } from "zod";
import { httpRequest, type RequestOptions } from "./http-request.ts";

export type JsonSchema = { readonly [keyword: string]: unknown };

/** One operation of the OpenAPI document, every reference in it replaced by what it refers to. */
export interface ApiOperation {
  readonly operationId: string;
  readonly method: string;
  /** `/api/v1/accounts/{name}` */
  readonly path: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: "path" | "query";
    readonly required?: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly body: JsonSchema | undefined;
  /** By status, or `default`; undefined for one without a body. */
  readonly replies: Readonly<Record<string, { readonly mediaType: string; readonly schema: JsonSchema } | undefined>>;
}

export interface ApiReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Empty for a reply without a body. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface ApiRequest extends Omit<RequestOptions, "body"> {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it stands, as JSON unless the headers say otherwise. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly token?: string;
}

/** Requests to the hub's own API, every reply held against the document that the hub serves. */
export interface ApiClient {
  readonly operations: readonly ApiOperation[];
  /** `path` below `/api/v1`. Sends no credentials but those given. */
  send(method: string, path: string, request?: ApiRequest): Promise<ApiReply>;
}

/** Reads the document of the hub at `origin`. */
export async function apiClient(origin: string): Promise<ApiClient> {
  const reply = await httpRequest(origin, "GET", "/api/v1/openapi.json");
  assert.equal(reply.status, 200);
  const operations = operationsOf(JSON.parse(reply.body.toString()) as Document); // our own document, whose form a test of its own checks
  const schemas = new Map<JsonSchema, z.ZodType>();
  return {
    operations,
    async send(method, path, { json, token, ...request } = {}) {
      const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...request.headers };
      const body = json === undefined ? request.body : JSON.stringify(json);
      if (body !== undefined && !("content-type" in headers)) Object.assign(headers, { "content-type": "application/json" });
      const { body: _, ...rest } = request;
      const got = await httpRequest(origin, method, `/api/v1${path}`, { ...rest, headers, ...(body === undefined ? {} : { body }) });
      const text = got.body.toString("utf8");
      assert.equal(got.headers["cache-control"], "no-store");
      if (method !== "HEAD")
        checkReply(operations, schemas, { method, path: `/api/v1${path}`, status: got.status, type: got.headers["content-type"], text });
      return { status: got.status, headers: got.headers, json: text === "" ? {} : (JSON.parse(text) as ApiReply["json"]) };
    },
  };
}

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly type: string | undefined;
  readonly text: string;
}

function checkReply(operations: readonly ApiOperation[], schemas: Map<JsonSchema, z.ZodType>, seen: Seen): void {
  const operation =
    operations.find(({ method, path }) => method === seen.method && matches(path, seen.path)) ??
    operations.find(({ path }) => path === "/api/v1");
  const expected = seen.status < 400 ? operation?.replies[seen.status] : operation?.replies["default"];
  if (seen.text === "") {
    assert.ok(
      seen.status < 400 && operation !== undefined && String(seen.status) in operation.replies,
      `${seen.method} ${seen.path}: ${seen.status}`,
    );
    return;
  }
  assert.ok(expected !== undefined, `${seen.method} ${seen.path} answers ${seen.status}, of which the document knows nothing`);
  assert.equal(seen.type?.split(";")[0], expected.mediaType);
  const schema = schemas.get(expected.schema) ?? z.fromJSONSchema(expected.schema as Parameters<typeof z.fromJSONSchema>[0]); // JSON as it was served
  schemas.set(expected.schema, schema);
  const parsed = schema.safeParse(JSON.parse(seen.text));
  assert.ok(parsed.success, `${seen.method} ${seen.path} ${seen.status}: ${seen.text} ${parsed.error?.message}`);
}

/** Whether a path of the document, `/accounts/{name}`, is that of a request. */
function matches(pattern: string, target: string): boolean {
  const path = target.split("?")[0] ?? "";
  return new RegExp(`^${pattern.replace(/\{[^}]+\}/g, "[^/]+")}$`).test(path);
}

interface Media {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
}

interface RawOperation {
  readonly operationId: string;
  readonly security: ApiOperation["security"];
  readonly parameters?: ApiOperation["parameters"];
  readonly requestBody?: Media;
  readonly responses: Readonly<Record<string, Media>>;
}

function operationsOf(document: Document): ApiOperation[] {
  const resolved = withoutReferences(document.paths, document.components?.schemas ?? {}) as Document["paths"]; // the same, references aside
  return Object.entries(resolved).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => ({
      operationId: raw.operationId,
      method: method.toUpperCase(),
      path,
      security: raw.security,
      parameters: raw.parameters ?? [],
      body: raw.requestBody?.content?.["application/json"]?.schema,
      replies: Object.fromEntries(
        Object.entries(raw.responses).map(([status, { content }]) => {
          const [entry] = Object.entries(content ?? {});
          return [status, entry === undefined ? undefined : { mediaType: entry[0], schema: entry[1].schema }];
        }),
      ),
    })),
  );
}

function withoutReferences(value: unknown, schemas: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutReferences(item, schemas));
  if (typeof value !== "object" || value === null) return value;
  const reference = "$ref" in value ? String(value.$ref).replace("#/components/schemas/", "") : undefined;
  if (reference !== undefined) {
    assert.ok(reference in schemas, `the document refers to ${reference}, which it does not have`);
    return withoutReferences(schemas[reference], schemas);
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutReferences(inner, schemas)]));
}
