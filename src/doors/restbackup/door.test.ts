import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { addArchiveAccount } from "#domain/access/add-archive-account.ts";
import { rotateCredential } from "#domain/access/rotate-credential.ts";
import { setGrant } from "#domain/access/set-grant.ts";
import { OPERATOR } from "#model/actor.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { httpRequest, type RequestOptions } from "../../../test/support/http-request.ts";

/** A hub with the account `router`, and a shorthand for requests to its archives. */
async function openDoor() {
  const door = await startDoorHub();
  const { core, addresses } = door.hub;
  const { login, secret } = await addArchiveAccount(core, OPERATOR, { name: "router", scope: "full", settings: {} });
  const url = addresses["restbackup"] ?? "";
  const credentials = { login, secret };
  return {
    door,
    core,
    url,
    credentials,
    send: (method: string, target: string, options: RequestOptions = {}) => httpRequest(url, method, target, { credentials, ...options }),
    [Symbol.asyncDispose]: () => door[Symbol.asyncDispose](),
  };
}

test("what is put at the root of the host comes back, is listed, and is never replaced", async () => {
  await using hub = await openDoor();
  const body = randomBytes(100_000);
  const sha256 = createHash("sha256").update(body).digest("hex");
  const stored = await hub.send("PUT", "/data.20100523.tar.gz", { body });
  assert.deepEqual([stored.status, stored.body.toString()], [201, "Stored /data.20100523.tar.gz\n"]);
  assert.equal(stored.headers["etag"], `"${sha256.slice(0, 32)}"`);

  const whole = await hub.send("GET", "/data.20100523.tar.gz");
  assert.deepEqual([whole.status, whole.headers["content-length"], whole.body.equals(body)], [200, "100000", true]);
  const part = await hub.send("GET", "/data.20100523.tar.gz", { headers: { Range: "bytes=10-19" } });
  assert.deepEqual([part.status, part.headers["content-range"]], [206, "bytes 10-19/100000"]);
  assert.deepEqual(part.body, body.subarray(10, 20));
  const head = await hub.send("HEAD", "/data.20100523.tar.gz");
  assert.deepEqual([head.status, head.headers["content-length"], head.body.length], [200, "100000", 0]);

  const again = await hub.send("PUT", "/data.20100523.tar.gz", { body: randomBytes(5) });
  assert.deepEqual([again.status, again.headers["allow"]], [405, "GET, HEAD"]);
  assert.match(again.body.toString(), new RegExp(`^ERROR 405: [\\s\\S]*100000 bytes[\\s\\S]*${sha256}`));

  const listing = (await hub.send("GET", "/")).body.toString();
  assert.match(listing, /^\[\n\{"name":"\/data\.20100523\.tar\.gz","size":100000,"createtime":\d+\}\n\]\n$/);
  const page = await hub.send("GET", "/", { headers: { Accept: "text/html" } });
  assert.match(page.headers["content-type"] ?? "", /text\/html/);
  assert.match(page.body.toString(), /data\.20100523\.tar\.gz/);
});

test("who asks is looked at before anything else, and a login for restic is none here", async () => {
  await using hub = await openDoor();
  for (const [method, target] of [
    ["GET", "/"],
    ["PUT", "/a/../b"],
    ["DELETE", "/a"],
    ["POST", "/"],
    ["GET", "/%00"],
  ] as const) {
    const reply = await hub.send(method, target, { credentials: undefined });
    assert.deepEqual(
      [reply.status, reply.headers["www-authenticate"]],
      [401, 'Basic realm="backup", charset="UTF-8"'],
      `${method} ${target}`,
    );
  }
  const { login, secret } = hub.credentials;
  const wrong = [
    { login, secret: "x" },
    { login: login.toLowerCase(), secret },
    { login: "NOBODY22", secret },
  ];
  for (const credentials of wrong) assert.equal((await hub.send("GET", "/", { credentials })).status, 401);
  assert.equal((await hub.send("GET", "/", { credentials: hub.door.credentials })).status, 403);
  await setGrant(hub.core, OPERATOR, { accountName: "router", path: "/", role: "admin" });
  const atRestic = await hub.door.send("GET", "/laptop/config", { credentials: hub.credentials });
  assert.deepEqual([atRestic.status, atRestic.body.toString()], [403, "This login is for archives alone; use its access URL\n"]);
});

test("names are data: what others would take for paths comes back under the name it was given", async () => {
  await using hub = await openDoor();
  const names = ["/a", "/a/b", "/.hidden", "/A", "/with%20space%3F%23%25", "/%E2%9C%93/%F0%9F%98%80", "/back%5Cslash", "/con", "/%7Etilde"];
  for (const [index, name] of names.entries())
    assert.equal((await hub.send("PUT", name, { body: Buffer.from(`${index}`) })).status, 201, name);
  for (const [index, name] of names.entries()) assert.equal((await hub.send("GET", name)).body.toString(), `${index}`, name);
  for (const name of ["/a//b", "/..", "/a/./b", "/a/", "/%2Fx", "/%00", "/%zz", "/%ff"]) {
    assert.equal((await hub.send("PUT", name, { body: Buffer.from("x") })).status, 400, name);
  }
  assert.equal((await hub.send("PUT", "/session/x", { body: Buffer.from("x") })).status, 403);
  assert.equal((await hub.send("GET", "/nothing")).status, 404);
  assert.equal((await hub.send("DELETE", "/a")).status, 405);
  const listed = JSON.parse((await hub.send("GET", "/")).body.toString()) as { readonly name: string }[];
  assert.deepEqual(
    listed.map(({ name }) => name),
    names.map(decodeURIComponent),
  );
});

test("a link shows the files to whoever has it, for a day, and says so when it has ended", async () => {
  await using hub = await openDoor();
  for (const name of ["/a", "/db/1.sql", "/db/2.sql"]) await hub.send("PUT", name, { body: Buffer.from(name) });
  const make = async (headers: Record<string, string> = {}) => {
    const made = await hub.send("POST", "/", { headers: { "X-HTTP-Method-Override": "MakeSession", ...headers } });
    assert.deepEqual([made.status, made.body.length], [204, 0]);
    assert.ok(String(made.headers["location"]).startsWith(`${hub.url}/session/`));
    return new URL(String(made.headers["location"])).pathname;
  };
  const nobody = { credentials: undefined };
  const path = await make();
  assert.match(path, /^\/session\/[A-Za-z0-9]{24}\/$/);
  const names = async (at: string) =>
    (JSON.parse((await hub.send("GET", at, nobody)).body.toString()) as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(await names(path), ["/a", "/db/1.sql", "/db/2.sql"]);
  assert.equal((await hub.send("GET", `${path}db/1.sql`, nobody)).body.toString(), "/db/1.sql");
  const page = await hub.send("GET", path, { ...nobody, headers: { Accept: "text/html" } });
  assert.match(page.body.toString(), /href="\.\/a"/);
  const slashless = await hub.send("GET", path.slice(0, -1), nobody);
  assert.deepEqual([slashless.status, slashless.headers["location"]], [301, `${hub.url}${path}`]);
  assert.equal((await hub.send("PUT", `${path}new`, { ...nobody, body: Buffer.from("x") })).status, 405);
  assert.equal((await hub.send("DELETE", `${path}a`, nobody)).status, 405);

  const narrow = await make({ "X-Hub-Session-Prefix": "/db/", "X-Hub-Session-Uses": "1" });
  assert.deepEqual(await names(narrow), ["/db/1.sql", "/db/2.sql"]);
  assert.deepEqual(await names(`${narrow}?prefix=/`), ["/db/1.sql", "/db/2.sql"]);
  assert.equal((await hub.send("GET", `${narrow}a`, nobody)).status, 404);
  assert.equal((await hub.send("GET", `${narrow}db/2.sql`, nobody)).status, 200);
  assert.equal((await hub.send("GET", `${narrow}db/2.sql`, nobody)).status, 410);

  await rotateCredential(hub.core, OPERATOR, { login: hub.credentials.login });
  const ended = await hub.send("GET", path, { ...nobody, headers: { Accept: "text/html" } });
  assert.equal(ended.status, 410);
  assert.match(ended.body.toString(), /This link has ended/);
});

test("only the header makes a link, and tokens cannot be guessed at for long", async () => {
  await using hub = await openDoor();
  for (const headers of [{}, { "X-HTTP-Method-Override": "DELETE" }] as Record<string, string>[]) {
    assert.equal((await hub.send("POST", "/", { headers })).status, 400);
  }
  const guess = () => hub.send("GET", `/session/${randomBytes(12).toString("hex")}/`, { credentials: undefined });
  for (let tries = 0; tries < 30; tries += 1) assert.equal((await guess()).status, 404);
  const refused = await guess();
  assert.deepEqual([refused.status, refused.headers["retry-after"]], [429, "600"]);
});

test("what a page of another site makes a browser send is refused, whoever has signed in", async () => {
  await using hub = await openDoor();
  for (const headers of [{ "Sec-Fetch-Site": "cross-site" }, { Origin: "https://evil.example" }] as Record<string, string>[]) {
    assert.equal((await hub.send("PUT", "/a", { body: Buffer.from("x"), headers })).status, 403);
    assert.equal((await hub.send("POST", "/", { headers: { ...headers, "X-HTTP-Method-Override": "MAKESESSION" } })).status, 403);
  }
  assert.equal((await hub.send("GET", "/a")).status, 404);
  assert.equal((await hub.send("PUT", "/a", { body: Buffer.from("x"), headers: { Origin: hub.url } })).status, 201);
});
