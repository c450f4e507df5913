import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { addToken } from "#domain/access/add-token.ts";
import { disableToken, enableToken } from "#domain/access/disable-token.ts";
import { removeToken } from "#domain/access/remove-token.ts";
import { showToken } from "#domain/access/show-token.ts";
import { OPERATOR } from "#model/actor.ts";
import { SCOPE_NAMES, type Scope } from "#model/permissions.ts";
import { apiClient } from "../../../test/support/api-client.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { rawRequest } from "../../../test/support/raw-request.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const skipUnlessLinux = process.platform !== "linux" && "only Linux tells whose a connection is";
const skipUnlessRoot = skipUnlessLinux || (!isRoot && "needs root, to be another user");

async function start(options: Parameters<typeof startDoorHub>[0] = {}) {
  const hub = await startDoorHub(options);
  const main = hub.hub.addresses["main"] ?? "";
  return { hub, main, api: await apiClient(main), [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() };
}

async function tokenOf(hub: DoorHub, scope: Scope, expiresAtMs?: number): Promise<string> {
  return (await addToken(hub.hub.core, OPERATOR, { name: `${scope}-token`, scopes: [scope], expiresAtMs })).secret;
}

/** Sends the text over a connection of that user's own; resolves to what came back before its end. */
async function sendAs(uid: number, main: string, script: string): Promise<string> {
  const { hostname, port } = new URL(main);
  // No start-up file: with a socket for its input bash takes itself for a remote shell, and reads one.
  const child = spawn("bash", ["--norc", "-c", `exec 3<>/dev/tcp/${hostname}/${port}; ${script}`], {
    uid,
    gid: uid,
    cwd: "/",
    timeout: 10_000,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(child, "close");
  return said;
}

const whoami = (host: string) => `GET /api/v1/whoami HTTP/1.1\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n`;

test("the hub's own user needs no credentials over loopback", { skip: skipUnlessLinux }, async () => {
  await using it = await start();
  const { status, json } = await it.api.send("GET", "/whoami");
  assert.equal(status, 200);
  assert.equal(json["kind"], "operator");
  const ipv6 = await start({ flags: { "listen.main": "[::1]:0" } });
  await using _ = ipv6;
  assert.equal((await ipv6.api.send("GET", "/whoami")).json["kind"], "operator");
});

test("another user of the machine is a stranger", { skip: skipUnlessRoot }, async () => {
  await using it = await start();
  const { host } = new URL(it.main);
  const ask = `printf '${whoami(host)}' >&3; cat <&3`;
  assert.match(await sendAs(NOBODY, it.main, ask), /^HTTP\/1\.1 401 /);
  assert.match(await sendAs(0, it.main, ask), /^HTTP\/1\.1 200 /);
});

test("another user who sends a change and hangs up at once is not taken for root", { skip: skipUnlessRoot }, async () => {
  await using it = await start();
  const body = '{"name":"intruder"}';
  const head = `POST /api/v1/accounts HTTP/1.1\\r\\nHost: ${new URL(it.main).host}\\r\\nContent-Type: application/json\\r\\nContent-Length: ${body.length}`;
  for (let round = 0; round < 20; round += 1) await sendAs(NOBODY, it.main, `printf '${head}\\r\\n\\r\\n${body}' >&3; exec 3>&-`);
  await sleep(200);
  assert.equal((await it.api.send("GET", "/accounts/intruder")).status, 404);
});

test("a request that a proxy passes on, a page sends, or a foreign name is used for, is not the operator's", async () => {
  await using it = await start({ flags: { "publicUrl.main": "http://backup.example.org/" } });
  const { host } = new URL(it.main);
  const headers: Record<string, string>[] = [
    { "x-forwarded-for": "127.0.0.1" },
    { forwarded: "for=127.0.0.1" },
    { "x-real-ip": "127.0.0.1" },
    { via: "1.1 proxy" },
    { "x-forwarded-server": "proxy" },
    { "x-forwarded-proto": "https" },
    { "x-client-ip": "127.0.0.1" },
    { "cf-connecting-ip": "127.0.0.1" },
    { "true-client-ip": "127.0.0.1" },
    { origin: "http://evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { host: "backup.example.org" },
    { authorization: "Negotiate abc" },
    { authorization: "" },
  ];
  for (const one of headers) assert.equal((await it.api.send("GET", "/whoami", { headers: one })).status, 401, JSON.stringify(one));
  const own = { origin: `http://${host}`, "sec-fetch-site": "same-origin" };
  const expected = process.platform === "linux" ? 200 : 401;
  assert.equal((await it.api.send("GET", "/whoami", { headers: own })).status, expected);
  assert.equal((await rawRequest(it.main, "GET /api/v1/whoami HTTP/1.0", ["Host: localhost"])).status, expected);
});

test("behind a listed proxy, and with the setting off, nobody is the operator", async () => {
  await using proxied = await start({ flags: { "proxy.peers": "127.0.0.1" } });
  assert.equal((await proxied.api.send("GET", "/whoami")).status, 401);
  await using off = await start({ flags: { "localOperator.main": "false" } });
  assert.equal((await off.api.send("GET", "/whoami")).status, 401);
  assert.match(String((await off.api.send("GET", "/nothing")).json["detail"]), /Sign in/);
});

test("on a unix socket nobody is the operator, because its user cannot be known", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/main.sock`;
  await using _hub = await startDoorHub({ flags: { "listen.main": `unix:${path}` } });
  const client = connect(path);
  client.write("GET /api/v1/whoami HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const [chunk] = (await once(client, "data")) as [Buffer];
  assert.match(chunk.toString(), /^HTTP\/1\.1 401 /);
  client.destroy();
});

test("a scope opens what it names and nothing more", async () => {
  await using it = await start({ flags: { "localOperator.main": "false" } });
  const tries: readonly (readonly [method: string, path: string, json: unknown, scopes: readonly Scope[]])[] = [
    ["GET", "/whoami", undefined, SCOPE_NAMES],
    ["GET", "/accounts", undefined, ["read", "storage", "access", "admin"]],
    ["POST", "/repositories", { path: "made" }, ["storage", "admin"]],
    ["PUT", "/grants", { account: "laptop", path: "made", role: "read" }, ["access", "admin"]],
    ["PATCH", "/tokens/read-token", { disabled: false }, ["admin"]],
  ];
  for (const scope of SCOPE_NAMES) {
    const token = await tokenOf(it.hub, scope);
    for (const [method, path, json, scopes] of tries) {
      if (path.startsWith("/tokens/") && scope === "metrics") continue; // read-token is not there yet
      const { status, json: reply } = await it.api.send(method, path, { token, ...(json === undefined ? {} : { json }) });
      if (scopes.includes(scope)) assert.ok(status < 300, `${scope} ${method} ${path}: ${status}`);
      else assert.deepEqual([status, reply["code"]], [403, "forbidden"], `${scope} ${method} ${path}`);
    }
  }
});

test("a token is refused at once when it is disabled, removed or over", async () => {
  await using it = await start({ flags: { "localOperator.main": "false" } });
  const { core } = it.hub.hub;
  const token = await tokenOf(it.hub, "read", core.clock() + 3_600_000);
  const { secret: brief } = await addToken(core, OPERATOR, { name: "brief", scopes: ["read"], expiresAtMs: core.clock() + 200 });
  const status = async () => (await it.api.send("GET", "/accounts", { token })).status;
  assert.equal(await status(), 200);
  await disableToken(core, OPERATOR, { name: "read-token" });
  assert.equal(await status(), 403);
  await enableToken(core, OPERATOR, { name: "read-token" });
  assert.equal(await status(), 200);
  await sleep(300);
  const { status: over, json } = await it.api.send("GET", "/accounts", { token: brief });
  assert.deepEqual([over, json["detail"]], [401, "This token has expired"]);
  assert.ok(((await showToken(core, { name: "read-token" })).lastUsedAtMs ?? 0) > 0, "its use was noted");
  await removeToken(core, OPERATOR, { name: "read-token" });
  assert.equal((await it.api.send("GET", "/accounts", { token })).json["detail"], "Unknown token");
});

test("wrong tokens are counted by address, and end the trying", async () => {
  await using it = await start({ flags: { "limits.failuresPerWindow": "3", "localOperator.main": "false" } });
  const right = await tokenOf(it.hub, "read");
  const proven = (await addToken(it.hub.hub.core, OPERATOR, { name: "proven", scopes: ["read"] })).secret;
  assert.equal((await it.api.send("GET", "/whoami", { token: proven })).status, 200);
  const wrong = ["hf_000000000000000000000000000", "nonsense", `${right}x`];
  for (const token of wrong) assert.equal((await it.api.send("GET", "/whoami", { token })).json["detail"], "Unknown token");
  assert.match(String((await it.api.send("GET", "/whoami", { token: right })).json["detail"]), /Too many failed sign-ins/);
  assert.equal((await it.api.send("GET", "/whoami", { token: proven })).status, 200, "one that was right from here goes on");
});

test("Basic credentials are those of an account; a wrong password, and a disabled account, are refused", async () => {
  await using it = await start({ flags: { "localOperator.main": "false" } });
  const { json } = await it.api.send("GET", "/whoami", { credentials: it.hub.credentials });
  assert.deepEqual([json["kind"], json["name"], json["permissions"]], ["account", "laptop", ["see"]]);
  const wrong = await it.api.send("GET", "/whoami", { credentials: { login: "laptop", secret: "wrong password" } });
  assert.equal(wrong.status, 401);
  assert.equal(wrong.headers["www-authenticate"], 'Bearer realm="Holdfast"');
  const { secret } = await it.hub.addAccount("nas");
  const admin = await tokenOf(it.hub, "admin");
  assert.equal((await it.api.send("PATCH", "/accounts/nas", { token: admin, json: { disabled: true } })).status, 200);
  assert.equal((await it.api.send("GET", "/whoami", { credentials: { login: "nas", secret } })).status, 403);
});

test("every change that a page of another site sends is refused, whatever it brings along", async () => {
  await using it = await start({ flags: { "publicUrl.main": "https://backup.example.org/" } });
  const token = await tokenOf(it.hub, "admin");
  const foreign: Record<string, string>[] = [{ origin: "http://evil.example" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }];
  for (const headers of foreign) {
    for (const who of [{ token }, { credentials: it.hub.credentials }, {}]) {
      const { status } = await it.api.send("POST", "/repositories", { ...who, headers, json: { path: "evil" } });
      assert.equal(status, 403);
    }
  }
  const own = await it.api.send("POST", "/repositories", {
    token,
    headers: { origin: "https://backup.example.org" },
    json: { path: "good" },
  });
  assert.equal(own.status, 201);
  const { json } = await it.api.send("GET", "/repositories", { token });
  assert.deepEqual(
    (json["items"] as { path: string }[]).map(({ path }) => path),
    ["/good/"],
  );
});
