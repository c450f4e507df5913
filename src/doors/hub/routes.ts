import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance, type FastifyRequest, type InjectOptions } from "fastify";
import { serializerCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";
import { TokenUses } from "#domain/access/token-uses.ts";
import type { Core } from "#domain/core.ts";
import { logFault } from "#domain/log-fault.ts";
import { isCrossSite, originsOf } from "#http/cross-site.ts";
import type { Door, Exchange } from "#http/exchange.ts";
import { HubError } from "#model/hub-error.ts";
import { aboutRoutes } from "./about.ts";
import { accessRoutes } from "./access.ts";
import { accountRoutes } from "./accounts.ts";
import type { Call, Resource } from "./api.ts";
import { resolveCaller } from "./auth.ts";
import { cleanupWindowRoutes } from "./cleanup-windows.ts";
import { credentialRoutes } from "./credentials.ts";
import { bugReply, HttpRefusal, InvalidRequest, PROBLEM_TYPE, refusalReply } from "./errors.ts";
import { eventRoutes } from "./events.ts";
import { grantRoutes } from "./grants.ts";
import { holdRoutes } from "./holds.ts";
import { invalidFields } from "./invalid-fields.ts";
import { modeRoutes } from "./modes.ts";
import { completeRoute, openApiOptions } from "./openapi.ts";
import { operationRoutes } from "./operations.ts";
import { quotaRoutes } from "./quotas.ts";
import { readJson } from "./read-json.ts";
import { repositoryRoutes } from "./repositories.ts";
import { repositoryDetailRoutes } from "./repository-details.ts";
import { RouteTable } from "./route-table.ts";
import { tokenRoutes } from "./tokens.ts";
import { trashRoutes } from "./trash.ts";

/** Every resource of the API; each adds its own routes. */
const RESOURCES: readonly Resource[] = [
  eventRoutes,
  operationRoutes,
  aboutRoutes,
  accessRoutes,
  accountRoutes,
  credentialRoutes,
  grantRoutes,
  repositoryRoutes,
  tokenRoutes,
  holdRoutes,
  cleanupWindowRoutes,
  modeRoutes,
  trashRoutes,
  quotaRoutes,
  repositoryDetailRoutes,
];

const PREFIX = "/api/v1";
const WRITES: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const FORWARDED_HEADERS: ReadonlySet<string> = new Set(["content-type", "accept", "last-event-id"]);
// The exchange writes its own.
const OWN_HEADERS: ReadonlySet<string> = new Set(["content-length", "transfer-encoding", "connection", "keep-alive", "date"]);

export interface HubApiOptions {
  /** Whether the machine's own operator needs no credentials (design: "Who gets in"). */
  readonly localOperator: boolean;
  /** URLs under which people call the listener. */
  readonly publicUrls: readonly string[];
  /** Aborts when the hub stops; without it streams end with their clients. */
  readonly stopping?: AbortSignal;
}

/** The API, and its parts for those who test it. */
export interface HubApi {
  /** Answers what stands below `/api`. */
  readonly door: Door;
  readonly routes: RouteTable;
}

/** Makes the hub's own API. It stands at the prefix `api` and nowhere else (docs/decisions/016). */
export async function openHubApi(core: Core, options: HubApiOptions, resources = RESOURCES): Promise<HubApi> {
  const { stopping = new AbortController().signal } = options;
  const calls = new Map<string, Call>();
  const routes = new RouteTable();
  const app = fastify({
    genReqId: (request) => String(request.headers["x-request-id"]), // the exchange's, see below
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 32_768 }, // above what a header block can hold: a long name is not found, as any other
  }).withTypeProvider<ZodTypeProvider>();
  app.decorateRequest("call", {
    getter(this: FastifyRequest) {
      const call = calls.get(this.id);
      if (call === undefined) throw new Error("A request that came through no exchange");
      return call;
    },
  });
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (data) => {
    const parsed = schema.safeParse(data ?? undefined); // Fastify says null when there is no body
    if (parsed.success) return { value: parsed.data };
    return { error: new InvalidRequest(invalidFields(httpPart === "body" ? "body" : "parameters", parsed.error.issues)) };
  });
  app.setSerializerCompiler(serializerCompiler);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", async (request: FastifyRequest) =>
    takesBody(request) ? await readJson(request.call.exchange.body, core.limits.apiBodyBytes) : undefined,
  );
  app.addHook("onRoute", (route) => {
    completeRoute(route);
    routes.add(route);
  });
  addGuards(app, core, options, routes);
  addErrors(app, core);
  await app.register(swagger, openApiOptions);
  await app.register(
    async (instance) => {
      for (const addRoutes of resources) addRoutes({ core, routes: instance.withTypeProvider<ZodTypeProvider>(), stopping });
    },
    { prefix: PREFIX },
  );
  await app.ready();

  const door = async (exchange: Exchange) => {
    using owned = new DisposableStack();
    const call: Call = { exchange, caller: undefined, stream: undefined, streamEnds: undefined, owned };
    calls.set(exchange.id, call);
    owned.defer(() => calls.delete(exchange.id));
    const { statusCode, headers, rawPayload } = await app.inject(requestOf(exchange));
    const sent = Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name)));
    const replyHeaders = { ...sent, "Cache-Control": "no-store" };
    const until = call.streamEnds;
    if (call.stream !== undefined) await exchange.replyStream(statusCode, call.stream, { headers: replyHeaders, ...(until && { until }) });
    else await exchange.reply(statusCode, rawPayload, { headers: replyHeaders });
  };
  return { door, routes };
}

/** The request as Fastify is to see it: the gate has read and bounded it, and the exchange keeps its body. */
function requestOf({ id, method, target, headers, body }: Exchange): InjectOptions {
  const path = target.segments.map(encodeURIComponent).join("/");
  const chosen = Object.entries(headers).filter((entry): entry is [string, string] => FORWARDED_HEADERS.has(entry[0]));
  // Whether there is a body is what decides about 415.
  const framing = body.lengthBytes === 0 ? {} : { "transfer-encoding": "chunked" };
  return {
    // A HEAD is a GET whose body the exchange leaves out; what is no method of ours is answered like OPTIONS: 405.
    method: method === "HEAD" ? "GET" : METHODS.has(method) ? (method as "GET") : "OPTIONS",
    url: `/api/${path}${target.trailingSlash && target.segments.length > 0 ? "/" : ""}${target.query === "" ? "" : `?${target.query}`}`,
    headers: { ...Object.fromEntries(chosen), ...framing, "x-request-id": id },
  };
}

const METHODS: ReadonlySet<string> = new Set(["GET", ...WRITES]);

function takesBody(request: FastifyRequest): boolean {
  return request.routeOptions.schema?.body !== undefined;
}

/** What comes before every handler: whose page it is, who asks, whether there is such a thing, and whether they may. */
function addGuards(app: FastifyInstance, core: Core, { localOperator, publicUrls }: HubApiOptions, routes: RouteTable): void {
  const ownOrigins = originsOf(publicUrls);
  const tokenUses = new TokenUses(core);
  app.addHook("onRequest", async (request) => {
    const { call } = request;
    const { exchange } = call;
    if (WRITES.has(exchange.method) && isCrossSite(exchange.headers, ownOrigins)) {
      throw new HubError("forbidden", "A page of another site may not change anything here");
    }
    const access = request.is404 ? "known" : request.routeOptions.config.access;
    if (access !== "open") {
      call.caller = await resolveCaller(core, exchange, { tokenUses, localOperator });
      const { visitor, token } = call.caller;
      call.owned.use(core.requests.enter(visitor?.accountId ?? -(token?.id ?? 0))); // tokens count below zero, the operator as zero
    }
    if (request.is404) throw routes.refusal(exchange.target.segments, exchange.target.trailingSlash);
    if (typeof access === "object" && call.caller?.visitor !== undefined && access.accounts === "none") {
      throw new HubError("not_found", "There is nothing here for an account");
    }
    if (typeof access === "object" && call.caller?.visitor === undefined && call.caller?.permissions.includes(access.needs) !== true) {
      throw new HubError("forbidden", `This token lacks the permission ${access.needs}`);
    }
    if (exchange.body.lengthBytes === 0) return;
    if (!takesBody(request)) throw new InvalidRequest([{ pointer: "#", detail: "There is no body here" }]);
    if ((exchange.headers["content-encoding"] ?? "identity") !== "identity") {
      throw new HttpRefusal("unsupported_media_type", "Send the body without a Content-Encoding", { "Accept-Encoding": "identity" });
    }
  });
}

function addErrors(app: FastifyInstance, core: Core): void {
  app.setErrorHandler(async (thrown: unknown, request, reply) => {
    const { exchange } = request.call;
    const known = refusalReply(asRefusal(thrown), exchange.id, takesBody(request));
    if (known === undefined) core.log.error("request failed", { id: exchange.id, error: thrown });
    if (thrown instanceof HubError)
      logFault(core.log, thrown, { id: exchange.id, asked: `${exchange.method} ${request.routeOptions.url}` });
    const { problem, headers } = known ?? bugReply(exchange.id);
    if (known !== undefined) exchange.note({ refused: problem.code, why: problem.detail.slice(0, 200) });
    return await reply.code(problem.status).headers(headers).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
  });
}

/** Fastify's own refusal of a media type in our words; everything else as it is. */
function asRefusal(thrown: unknown): unknown {
  const isMediaType = thrown instanceof Error && "code" in thrown && thrown.code === "FST_ERR_CTP_INVALID_MEDIA_TYPE";
  return isMediaType
    ? new HttpRefusal("unsupported_media_type", "Send the body as application/json", { Accept: "application/json" })
    : thrown;
}
