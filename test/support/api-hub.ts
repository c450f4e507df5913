import assert from "node:assert/strict";
import { addToken } from "#domain/access/add-token.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Scope } from "#model/permissions.ts";
import { type ApiRequest, apiClient } from "./api-client.ts";
import { startDoorHub } from "./door-hub.ts";
import { randomObject } from "./http-request.ts";

/** A hub, and shorthands: as an `admin` token unless said otherwise. */
export async function startApiHub() {
  const hub = await startDoorHub({ flags: { "localOperator.main": "false" } });
  const { core } = hub.hub;
  const api = await apiClient(hub.hub.addresses["main"] ?? "");
  const tokenOf = async (scope: Scope) => (await addToken(core, OPERATOR, { name: scope, scopes: [scope] })).secret;
  const token = await tokenOf("admin");
  const send = (method: string, path: string, request: ApiRequest = {}) =>
    api.send(method, path, "token" in request || "credentials" in request ? request : { token, ...request });
  return {
    hub,
    core,
    tokenOf,
    send,
    async items(path: string, request?: ApiRequest): Promise<Record<string, unknown>[]> {
      const { status, json } = await send("GET", path, request);
      assert.equal(status, 200, `${path}: ${JSON.stringify(json)}`);
      return json["items"] as Record<string, unknown>[];
    },
    /** Page by page, one item at a time. */
    async walk(path: string, request?: ApiRequest): Promise<Record<string, unknown>[]> {
      const all: Record<string, unknown>[] = [];
      for (let next: unknown = ""; next !== null; ) {
        const { json } = await send(
          "GET",
          `${path}${path.includes("?") ? "&" : "?"}limit=1${next === "" ? "" : `&cursor=${next}`}`,
          request,
        );
        all.push(...(json["items"] as Record<string, unknown>[]));
        next = json["next"];
        assert.ok(all.length < 100, "it goes round in circles");
      }
      return all;
    },
    /** Stores an object as `laptop` and removes it again; resolves to its target. */
    async storeAndRemove(repository: string, type = "data"): Promise<string> {
      const { id, bytes } = randomObject(100);
      const target = `${repository}${type}/${id}`;
      assert.equal((await hub.send("POST", target, { body: bytes })).status, 200);
      assert.equal((await hub.send("DELETE", target)).status, 200);
      return target;
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}
