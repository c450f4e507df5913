import type { RouteOptions } from "fastify";
import { HubError } from "#model/hub-error.ts";
import type { RouteAccess } from "./api.ts";
import { HttpRefusal } from "./errors.ts";

/** A route as it was added. */
export interface ListedRoute {
  readonly method: string;
  /** `/api/v1/accounts/:name` */
  readonly url: string;
  readonly operationId: string;
  readonly access: RouteAccess;
}

/** Every route there is: for the Allow of a 405, and for tests that look at all of them. */
export class RouteTable {
  readonly #routes: ListedRoute[] = [];

  add({ method, url, schema, config }: RouteOptions): void {
    const access = config?.access;
    if (access === undefined) throw new Error(`${url} does not say who may use it`);
    for (const one of [method].flat()) this.#routes.push({ method: one, url, operationId: schema?.operationId ?? "", access });
  }

  get all(): readonly ListedRoute[] {
    return this.#routes;
  }

  /** Why nothing answers a request for that target below `/api`: another method would have been right, or there is no such thing. */
  refusal(segments: readonly string[], trailingSlash: boolean): Error {
    const found = trailingSlash ? [] : this.#routes.filter(({ url }) => matches(url, ["api", ...segments]));
    if (found.length === 0) return new HubError("not_found", "There is no such resource");
    const methods = [...new Set(found.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
    return new HttpRefusal("method_not_allowed", `Only ${methods.join(", ")} may be used here`, { Allow: methods.join(", ") });
  }
}

function matches(url: string, segments: readonly string[]): boolean {
  const pattern = url.slice(1).split("/");
  return pattern.length === segments.length && pattern.every((part, index) => part.startsWith(":") || part === segments[index]);
}
