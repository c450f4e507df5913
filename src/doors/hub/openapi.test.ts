import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { z } from "zod";
import { PERMISSIONS } from "#model/permissions.ts";
import { type ApiClient, apiClient } from "../../../test/support/api-client.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { openHubApi } from "./routes.ts";

let hub: DoorHub;
let api: ApiClient;

before(async () => {
  hub = await startDoorHub();
  api = await apiClient(hub.hub.addresses["main"] ?? "");
});
after(() => hub[Symbol.asyncDispose]());

test("the document is OpenAPI 3.1 and has every route that there is, and no other", async () => {
  const { json } = await api.send("GET", "/openapi.json");
  assert.equal(json["openapi"], "3.1.0");
  const { routes } = await openHubApi(hub.hub.core, { localOperator: false, publicUrls: [] });
  const registered = routes.all.map(({ method, url, operationId }) => `${operationId} ${method} ${url.replace(/:(\w+)/g, "{$1}")}`);
  assert.deepEqual(
    api.operations.map(({ operationId, method, path }) => `${operationId} ${method} ${path}`).toSorted(),
    registered.toSorted(),
  );
  assert.ok(registered.length >= 20, "the routes were not found");
});

test("each operation has a name of its own, says who may use it, and how it refuses", () => {
  const names = api.operations.map(({ operationId }) => operationId);
  assert.equal(new Set(names).size, names.length);
  for (const { operationId, security, replies, parameters, path } of api.operations) {
    assert.ok(security.length > 0, operationId);
    for (const permission of security.flatMap((scheme) => scheme["token"] ?? [])) {
      assert.ok((PERMISSIONS as readonly string[]).includes(permission), `${operationId}: ${permission}`);
    }
    assert.equal(replies["default"]?.mediaType, "application/problem+json", operationId);
    assert.ok(
      Object.keys(replies).some((status) => /^2\d\d$/.test(status)),
      operationId,
    );
    const named = [...path.matchAll(/\{(?<name>\w+)\}/g)].map(({ groups }) => groups?.["name"]);
    assert.deepEqual(
      parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name),
      named,
      operationId,
    );
  }
});

test("every body and parameter in the document is bounded and takes no unknown field", () => {
  for (const { operationId, body, parameters } of api.operations) {
    if (body !== undefined) assert.equal(body["additionalProperties"], false, operationId);
    for (const { name, schema } of parameters) {
      const isBounded = schema["type"] !== "string" || schema["maxLength"] !== undefined || schema["enum"] !== undefined;
      assert.ok(isBounded, `${operationId} ${name}`);
    }
  }
});

test("every schema in the document can be read as JSON Schema", () => {
  for (const { operationId, body, replies } of api.operations) {
    for (const schema of [body, ...Object.values(replies).map((reply) => reply?.schema)]) {
      if (schema !== undefined) assert.ok(z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]), operationId); // JSON as it was served
    }
  }
});

test("a route that does not say who may use it, or what it answers, cannot be added", async () => {
  const options = { localOperator: false, publicUrls: [] };
  const add = (config: object, schema: object) =>
    openHubApi(hub.hub.core, options, [({ routes }) => void routes.get("/x", { config, schema }, async () => "")]);
  await assert.rejects(add({}, { operationId: "x", response: { 200: z.string() } }), /does not say who may use it/);
  await assert.rejects(add({ access: "known" }, { response: { 200: z.string() } }), /no operationId/);
  await assert.rejects(add({ access: "known" }, { operationId: "x" }), /no reply/);
});
