import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Caller } from "#domain/access/caller.ts";
import type { Core } from "#domain/core.ts";
import type { Exchange } from "#http/exchange.ts";
import type { Permission } from "#model/permissions.ts";

/**
 * Who may use a route.
 *
 * - `open`     anyone; it tells nothing of this hub
 * - `known`    whoever has signed in
 * - otherwise  tokens with the permission `needs`; accounts too when they are `own`: the route shows an account only what exists for it
 */
export type RouteAccess = "open" | "known" | { readonly needs: Permission; readonly accounts: "own" | "none" };

/** One request on its way through a route. */
export interface Call {
  readonly exchange: Exchange;
  /** Undefined on an open route, and before sign-in. */
  caller: Caller | undefined;
  /** Set by a route that answers with a stream: it goes out in place of what the handler returns, with the handler's status and headers. */
  stream: AsyncIterable<Uint8Array> | undefined;
  /** Aborts when the stream is to end, whether its reader takes what was sent or not. */
  streamEnds: AbortSignal | undefined;
  /** What is given back when the reply has left. */
  readonly owned: DisposableStack;
}

declare module "fastify" {
  interface FastifyRequest {
    readonly call: Call;
  }
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
}

/** Where resources add their routes; paths begin below `/api/v1`. */
export type Routes = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What a resource is handed. */
export interface Api {
  readonly core: Core;
  readonly routes: Routes;
  /** Aborts when the hub stops: what has no end of its own ends then. */
  readonly stopping: AbortSignal;
}

/** Adds the routes of one resource. */
export type Resource = (api: Api) => void;

/** Whoever sent the request. Only for routes that are not open. */
export function callerOf(request: Pick<FastifyRequest, "call">): Caller {
  const { caller } = request.call;
  if (caller === undefined) throw new Error("A route for everyone asks who it was");
  return caller;
}
