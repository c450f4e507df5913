import type { ApiOperation, JsonSchema } from "../support/api-client.ts";
import { objectsOf } from "./two-hubs.ts";

/** One request of the matrix, the same on both hubs. */
export interface TenantRequest {
  readonly listener: "main" | "restic";
  readonly method: string;
  /** As it goes out. */
  readonly target: string;
  readonly body?: Buffer;
  readonly type?: string;
  /** Which operation of the API it is; undefined for another door. */
  readonly operation?: ApiOperation;
}

/** A name as a body holds it and as a request's target does; the two differ where a spelling is one of URLs. */
export interface Spelled {
  readonly text: string;
  readonly inUrl: string;
}

/** What a tenant's things are called. */
export interface Names {
  readonly account: Spelled;
  readonly login: Spelled;
  /** `/Zoë/vault/` */
  readonly path: Spelled;
  readonly token: Spelled;
}

export function plainly(names: { account: string; login: string; path: string; token: string }): Names {
  const plain = (text: string) => ({ text, inUrl: encodeURIComponent(text) });
  return {
    account: plain(names.account),
    login: plain(names.login),
    path: { text: names.path, inUrl: encodeURI(names.path) },
    token: plain(names.token),
  };
}

const RESTIC_METHODS = ["GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"];

/** Every form of resource of the restic door at one path, by every method, on both mounts. */
export function resticRequests(
  path: string,
  owner: { readonly account: string },
  methods: readonly string[] = RESTIC_METHODS,
): TenantRequest[] {
  const objects = objectsOf(owner);
  const forms: { below: string; body?: Buffer }[] = [
    { below: "" },
    { below: "?create=true" },
    { below: "config", body: Buffer.from("a config") },
    ...objects.flatMap(({ type, id, bytes }) => [{ below: `${type}/` }, { below: `${type}/${id}`, body: bytes }]),
    { below: `data/${"0".repeat(64)}`, body: Buffer.from("other bytes") },
    { below: "nothing-of-restic/" },
  ];
  const mounts = [{ listener: "restic", prefix: "" } as const, { listener: "main", prefix: "/restic" } as const];
  return mounts.flatMap(({ listener, prefix }) =>
    forms.flatMap(({ below, body }) =>
      methods.map((method) => ({
        listener,
        method,
        // A path that has a host before it gets the mount behind that.
        target: path.replace(/^(?:http:\/\/[^/]+)?/, (host) => `${host}${prefix}`) + below,
        ...(method === "POST" || method === "PUT" ? { body: body ?? Buffer.alloc(0) } : {}),
      })),
    ),
  );
}

/** Health, readiness and figures. */
export function plainRequests(): TenantRequest[] {
  return ["/healthz", "/readyz", "/metrics", "/metrics/Zo%C3%AB", "/", "/api", "/api/v1/nothing", "/api/v2/accounts"].flatMap((target) =>
    ["GET", "HEAD", "POST", "DELETE", "OPTIONS"].map((method) => ({ listener: "main" as const, method, target })),
  );
}

/**
 * Requests for one operation of the API, made from what the document says of it: as little as it takes, all of it, and each thing that
 * may be left out by itself.
 */
export function apiRequests(operation: ApiOperation, names: Names): TenantRequest[] {
  const { method, path, parameters, body } = operation;
  const optional = parameters.filter(({ required }) => required !== true);
  const choices = [[], optional, ...(optional.length > 1 ? optional.map((one) => [one]) : [])];
  const bodies = body === undefined ? [undefined] : bodiesOf(body, names);
  const targets = choices.map((chosen) => {
    const sent = parameters.filter((parameter) => parameter.required === true || chosen.includes(parameter));
    const inPath = sent.filter((parameter) => parameter.in === "path");
    const filled = inPath.reduce((sum, { name, schema }) => sum.replace(`{${name}}`, valueFor(name, schema, path, names).inUrl), path);
    const query = sent.filter((parameter) => parameter.in === "query");
    const words = query.map(({ name, schema }) => `${name}=${inQuery(valueFor(name, schema, path, names))}`);
    return words.length === 0 ? filled : `${filled}?${words.join("&")}`;
  });
  const requests = [...new Set(targets)].flatMap((target) =>
    bodies.map((json) => ({
      listener: "main" as const,
      method,
      target,
      operation,
      ...(json === undefined ? {} : { body: Buffer.from(JSON.stringify(json)), type: "application/json" }),
    })),
  );
  return method === "GET" ? [...requests, ...requests.slice(0, 1).map((request) => ({ ...request, method: "HEAD" }))] : requests;
}

function inQuery({ inUrl }: Spelled): string {
  return inUrl.replaceAll("&", "%26").replaceAll("#", "%23").replaceAll("+", "%2B");
}

/** What stands for a name; by the words of the API, which are the same everywhere (docs/decisions/017). */
function valueFor(name: string, schema: JsonSchema, path: string, names: Names): Spelled {
  const plain = (value: unknown) => ({ text: String(value), inUrl: encodeURIComponent(String(value).toWellFormed()) });
  if (Array.isArray(schema["enum"])) return plain(schema["enum"][0]);
  if (name === "cursor") return plain(Buffer.from(JSON.stringify(cursorOf(path, names))).toString("base64url"));
  if (name === "name" && path.includes("/tokens")) return names.token;
  if (name === "login") return names.login;
  if (/account|^name$|owner/i.test(name)) return names.account;
  if (/path|below|repository|prefix|scope/i.test(name)) return names.path;
  if (schema["type"] === "integer" || schema["type"] === "number") return plain(schema["minimum"] ?? 1);
  if (schema["type"] === "boolean") return plain(true);
  if (schema["format"] === "date-time") return plain(IN_A_WHILE);
  // Numbers are ids as well, and a batch of the trash is an hour.
  return plain(/id$/i.test(name) ? 1 : /batch|hour/i.test(name) ? "2026-11-21T12" : names.account.text);
}

const IN_A_WHILE = "2026-11-22T18:00:00Z";

/** The key of a row of the other tenant: a page from there on must begin with what is the asker's own. */
function cursorOf(path: string, names: Names): string[] {
  if (path.includes("/grants")) return [names.path.text, names.account.text];
  return [path.includes("/accounts") ? names.account.text : names.path.text];
}

function bodiesOf(schema: JsonSchema, names: Names): unknown[] {
  const properties = Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>); // a document's properties are schemas
  const required = (schema["required"] ?? []) as readonly string[]; // so the document's own schema has it
  const left = properties.map(([name]) => name).filter((name) => !required.includes(name));
  const choices = [[], left, ...(left.length > 1 ? left.map((one) => [one]) : [])];
  return choices.map((chosen) =>
    Object.fromEntries(
      properties
        .filter(([name]) => required.includes(name) || chosen.includes(name))
        .map(([name, inner]) => [name, jsonOf(name, inner, names)]),
    ),
  );
}

function jsonOf(name: string, schema: JsonSchema, names: Names): unknown {
  const [alternative] = ((schema["anyOf"] ?? schema["oneOf"] ?? []) as readonly JsonSchema[]).filter(({ type }) => type !== "null");
  if (alternative !== undefined) return jsonOf(name, alternative, names);
  if ("const" in schema) return schema["const"];
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  if (schema["type"] === "array") return [jsonOf(name, (schema["items"] ?? {}) as JsonSchema, names)];
  if (schema["type"] === "object") return bodiesOf(schema, names)[0];
  if (schema["type"] === "boolean") return true;
  if (schema["type"] === "integer" || schema["type"] === "number") return schema["minimum"] ?? 1;
  if (/password|secret/i.test(name)) return "a new password";
  if (/reason|label|word/i.test(name)) return "because";
  return valueFor(name, schema, "", names).text;
}
