import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { z } from "zod";
import { addToken } from "#domain/access/add-token.ts";
import { openGate } from "#gate/gate.ts";
import { openLog } from "#lib/log.ts";
import { DEFAULT_LIMITS } from "#limits.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { type ApiClient, apiClient } from "../../../test/support/api-client.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { httpRequest } from "../../../test/support/http-request.ts";
import { rawRequest } from "../../../test/support/raw-request.ts";
import { selfSigned, withoutOpenssl } from "../../../test/support/self-signed.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import type { Resource } from "./api.ts";
import { openHubApi } from "./routes.ts";

let hub: DoorHub;
let api: ApiClient;
let main: string;
let token: string;

before(async () => {
  hub = await startDoorHub({ flags: { "limits.progressTimeoutMs": "1000" } });
  main = hub.hub.addresses["main"] ?? "";
  api = await apiClient(main);
  token = (await addToken(hub.hub.core, OPERATOR, { name: "admin", scopes: ["admin"] })).secret;
});
after(() => hub[Symbol.asyncDispose]());

test("what is not there is 404, another method 405 with those that are, and HEAD is a GET without its body", async () => {
  for (const path of ["/nothing", "/accounts/", "/accounts/x/y/z", "/accounts/a/b", "//accounts", "/Accounts"]) {
    assert.equal((await httpRequest(main, "GET", `/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })).status, 404, path);
  }
  for (const path of ["/api", "/api/", "/api/v2/accounts", "/api/v1/"]) {
    assert.equal((await httpRequest(main, "GET", path, { headers: { authorization: `Bearer ${token}` } })).status, 404, path);
  }
  for (const method of ["DELETE", "PUT", "OPTIONS", "PATCH", "PROPFIND"]) {
    const { status, headers } = await api.send(method, "/accounts", { token });
    assert.deepEqual([status, headers["allow"]], [405, "GET, HEAD, POST"], method);
  }
  const [head, get] = [await api.send("HEAD", "/version", { token }), await api.send("GET", "/version", { token })];
  assert.equal(head.status, 200);
  assert.equal(head.headers["content-length"], get.headers["content-length"]);
  assert.equal(head.headers["x-content-type-options"], "nosniff");
  assert.equal(head.headers["access-control-allow-origin"], undefined);
});

test("a refusal is a problem with the id of its request, and a bad body says where", async () => {
  const { status, headers, json } = await api.send("POST", "/accounts", {
    token,
    body: '{"name":"","passwort":1,"appendOnly":"yes","a/b~c":0,"__proto__":{},"constructor":{}}',
  });
  assert.equal(status, 400);
  assert.equal(json["requestId"], headers["x-request-id"]);
  assert.deepEqual((json["errors"] as { pointer: string }[]).map(({ pointer }) => pointer).toSorted(), [
    "#/__proto__",
    "#/appendOnly",
    "#/a~1b~0c",
    "#/constructor",
    "#/name",
    "#/passwort",
  ]);
  for (const body of ["{", "", "null", "[]", '"x"', "\ufeff", Buffer.from([0x7b, 0xff, 0x7d])]) {
    const reply = await api.send("POST", "/accounts", { token, body });
    assert.deepEqual([reply.status, (reply.json["errors"] as { pointer: string }[])[0]?.pointer], [400, "#"], String(body));
  }
});

test("a body of another kind is 415, one too large 413, and none is taken where there should be none", async () => {
  const as = (type: string) => ({ token, headers: { "content-type": type }, body: "{}" });
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx"]) {
    assert.equal((await api.send("POST", "/accounts", as(type))).status, 415, type);
  }
  assert.equal((await api.send("POST", "/accounts", as("Application/JSON; charset=utf-8"))).status, 400);
  assert.equal((await api.send("POST", "/accounts", { token, headers: { "content-encoding": "gzip" }, body: "{}" })).status, 415);
  const large = " ".repeat(DEFAULT_LIMITS.apiBodyBytes + 1);
  const chunked = async function* () {
    for (let sent = 0; sent < 10; sent += 1) yield Buffer.alloc(16 * 1024, " ");
  };
  for (const body of [large, chunked()]) assert.equal((await api.send("POST", "/accounts", { token, body })).json["code"], "too_large");
  const { status, json } = await api.send("DELETE", "/accounts/laptop", { token, body: "{}" });
  assert.deepEqual([status, json["detail"]], [400, "#: There is no body here"]);
  assert.equal((await api.send("GET", "/accounts/laptop", { token })).status, 200);
});

test("a stranger's body is not read, not even asked for", async () => {
  const reply = await rawRequest(main, "POST /api/v1/accounts HTTP/1.1", [
    "Content-Type: application/json",
    "Content-Length: 60000",
    "Expect: 100-continue",
    "Authorization: Bearer wrong",
  ]);
  assert.equal(reply.status, 401);
  assert.ok(!reply.text.includes("100 Continue"));
});

test("a body that stops is given up, and one that breaks off changes nothing", async () => {
  const { port } = new URL(main);
  const head = `POST /api/v1/accounts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n`;
  const slow = connect(Number(port), "127.0.0.1");
  slow.write(`${head}{"name":`);
  const [chunk] = (await once(slow, "data", { signal: AbortSignal.timeout(10_000) })) as [Buffer];
  assert.match(chunk.toString(), /^HTTP\/1\.1 400 .*"code":"incomplete"/s);
  slow.destroy();
  const broken = connect(Number(port), "127.0.0.1");
  broken.write(`${head}{"name":"brk"`);
  broken.end();
  broken.resume();
  await once(broken, "close");
  assert.equal((await api.send("GET", "/accounts/brk", { token })).status, 404);
});

test("a bug is told as a bare 500, a stream leaves piece by piece, and HEAD does not touch it", async () => {
  let begun = 0;
  const resource: Resource = ({ routes }) => {
    const schema = { operationId: "x", response: { 200: z.string() } };
    const config = { access: "open" } as const;
    routes.get("/bug", { config, schema }, async () => {
      throw new TypeError("secret detail");
    });
    routes.get("/wrong", { config, schema }, async () => 7 as unknown as string);
    routes.get("/damaged", { config, schema }, async () => {
      throw new HubError("damaged", "The file cannot be read");
    });
    routes.get("/stream", { config, schema }, async (request, reply) => {
      request.call.stream = (async function* () {
        begun += 1;
        yield Buffer.from("data: 1\n\n");
        yield Buffer.from("data: 2\n\n");
      })();
      reply.type("text/plain");
      return "";
    });
  };
  const { core } = hub.hub;
  const log = openLog({ level: "error", format: "text" }, () => undefined);
  const { door } = await openHubApi({ ...core, log }, { localOperator: false, publicUrls: [] }, [resource]);
  const address = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
  const listener = { name: "main", address, tls: undefined, publicUrls: [], mounts: [{ prefix: "api", door }] };
  await using gate = await openGate({
    listeners: [listener],
    limits: core.limits,
    proxy: { peers: [], userHeader: undefined },
    log,
    clock: core.clock,
  });
  const origin = gate.addresses["main"] ?? "";
  for (const path of ["bug", "wrong"]) {
    const { status, body } = await httpRequest(origin, "GET", `/api/v1/${path}`);
    assert.equal(status, 500);
    assert.deepEqual(Object.keys(JSON.parse(body.toString())), ["type", "status", "title", "detail", "code", "requestId"]);
    assert.ok(!body.toString().includes("secret detail"));
  }
  assert.equal(JSON.parse((await httpRequest(origin, "GET", "/api/v1/damaged")).body.toString()).code, "damaged");
  const streamed = await httpRequest(origin, "GET", "/api/v1/stream");
  assert.equal(streamed.body.toString(), "data: 1\n\ndata: 2\n\n");
  assert.equal(streamed.headers["content-type"], "text/plain");
  assert.equal(streamed.headers["transfer-encoding"], "chunked");
  assert.equal((await httpRequest(origin, "HEAD", "/api/v1/stream")).status, 200);
  assert.equal(begun, 1);
});

test("the API speaks HTTP/2 over TLS", { skip: withoutOpenssl() }, async () => {
  await using folder = await tempFolder();
  const { cert, key } = await selfSigned(folder.path);
  const flags = { "tls.main.enabled": "true", "tls.main.cert": cert, "tls.main.key": key };
  await using secure = await startDoorHub({ flags });
  const { secret } = await addToken(secure.hub.core, OPERATOR, { name: "admin", scopes: ["admin"] });
  const session = connectHttp2(secure.hub.addresses["main"] ?? "", { rejectUnauthorized: false });
  const send = async (headers: Record<string, string>, body: string) => {
    const stream = session.request({ authorization: `Bearer ${secret}`, "content-type": "application/json", ...headers });
    stream.end(body);
    const [reply] = (await once(stream, "response")) as [Record<string, unknown>];
    return { status: reply[":status"], text: Buffer.concat(await stream.toArray()).toString() };
  };
  const made = await send({ ":method": "POST", ":path": "/api/v1/accounts" }, '{"name":"nas"}');
  assert.equal(made.status, 201);
  assert.equal((await send({ ":method": "BREW", ":path": "/api/v1/accounts" }, "")).status, 405);
  session.close();
});
