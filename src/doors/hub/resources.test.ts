import assert from "node:assert/strict";
import { test } from "node:test";
import { addToken } from "#domain/access/add-token.ts";
import { addRepository } from "#domain/repositories/add-repository.ts";
import { OPERATOR } from "#model/actor.ts";
import { type ApiRequest, apiClient } from "../../../test/support/api-client.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { httpRequest } from "../../../test/support/http-request.ts";

/** A hub with an `admin` token, and shorthands: as that token unless said otherwise. */
async function start() {
  const hub = await startDoorHub({ flags: { "localOperator.main": "false" } });
  const api = await apiClient(hub.hub.addresses["main"] ?? "");
  const { secret: token } = await addToken(hub.hub.core, OPERATOR, { name: "admin", scopes: ["admin"] });
  const send = (method: string, path: string, request: ApiRequest = { token }) =>
    api.send(method, path, "token" in request || "credentials" in request ? request : { token, ...request });
  return {
    hub,
    send,
    async items(path: string, request?: ApiRequest): Promise<Record<string, unknown>[]> {
      const { status, json } = await send("GET", path, request);
      assert.equal(status, 200, path);
      return json["items"] as Record<string, unknown>[];
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

async function makeRepositories({ hub }: DoorHub, ...paths: string[]): Promise<void> {
  for (const path of paths) await addRepository(hub.core, OPERATOR, { path }, AbortSignal.timeout(20_000));
}

test("an account is made with its password, shown, disabled and removed", async () => {
  await using it = await start();
  const made = await it.send("POST", "/accounts", { json: { name: "Münch nas".replace(" ", "."), appendOnly: true } });
  assert.equal(made.status, 201);
  assert.equal(made.headers["location"], "/api/v1/accounts/M%C3%BCnch.nas");
  const { password = "", createdAt } = made.json;
  assert.match(String(createdAt), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const credentials = { login: "Münch.nas", secret: String(password) };
  assert.equal((await it.hub.send("HEAD", "/M%C3%BCnch.nas/config", { credentials })).status, 404, "restic may sign in");

  const path = "/accounts/m%C3%9CNCH.nas";
  assert.deepEqual((await it.send("GET", path)).json["logins"], ["Münch.nas"]);
  assert.ok(!JSON.stringify((await it.send("GET", path)).json).includes(String(password)));
  assert.deepEqual(await it.items("/grants?account=m%C3%BCnch.nas"), [{ account: "Münch.nas", path: "/Münch.nas/", role: "backup" }]);
  assert.equal((await it.send("POST", "/accounts", { json: { name: "münch.NAS" } })).json["code"], "already_exists");

  assert.equal((await it.send("PATCH", path, { json: { disabled: true } })).json["disabled"], true);
  assert.equal((await it.hub.send("HEAD", "/M%C3%BCnch.nas/config", { credentials })).status, 403);
  assert.equal((await it.send("PATCH", path, { json: { disabled: false } })).json["disabledAt"], null);
  assert.equal((await it.send("DELETE", path)).status, 204);
  assert.equal((await it.send("GET", path)).status, 404);
  assert.equal((await it.send("DELETE", path)).status, 404);
});

test("a login gets a new password, drawn or given, and only by way of its own account", async () => {
  await using it = await start();
  const rotate = (name: string, request: ApiRequest = {}) => it.send("POST", `/accounts/${name}/credentials/laptop/rotate`, request);
  const drawn = await rotate("laptop");
  assert.equal(drawn.status, 200);
  const signsIn = async (secret: unknown) =>
    (await it.hub.send("HEAD", "/x/config", { credentials: { login: "laptop", secret: String(secret) } })).status !== 401;
  assert.equal(await signsIn(drawn.json["password"]), true);
  assert.equal(await signsIn(it.hub.credentials.secret), false);
  assert.equal((await rotate("laptop", { json: { password: "of my own choice" } })).json["password"], "of my own choice");
  assert.equal(await signsIn("of my own choice"), true);
  assert.deepEqual((await rotate("laptop", { json: { password: "short" } })).json["errors"], [
    { pointer: "#/password", detail: "A password needs at least 8 characters" },
  ]);
  await it.hub.addAccount("nas");
  assert.equal((await rotate("nas")).status, 404);
  assert.deepEqual(
    (await it.items("/accounts/laptop/credentials")).map(({ login }) => login),
    ["laptop"],
  );
});

test("lists go on where the cursor says, to the end, and a made-up cursor is refused", async () => {
  await using it = await start();
  for (const name of ["a", "b", "c", "d"]) await it.hub.addAccount(name);
  for (const list of ["/accounts", "/grants", "/tokens"]) {
    const whole = await it.items(list);
    const paged: unknown[] = [];
    let next: unknown = null;
    do {
      const cursor: string = next === null ? "" : `&cursor=${String(next)}`;
      const { json } = await it.send("GET", `${list}?limit=2${cursor}`);
      paged.push(...(json["items"] as unknown[]));
      next = json["next"];
    } while (next !== null);
    assert.deepEqual(paged, whole, list);
    for (const cursor of ["x", "W10", Buffer.from('["\\u0000","a"]').toString("base64url"), "%00"]) {
      const { status, json } = await it.send("GET", `${list}?cursor=${cursor}`);
      assert.equal(status, 400, `${list} ${cursor}`);
      assert.equal((json["errors"] as { parameter: string }[])[0]?.parameter, "cursor");
    }
  }
});

test("a grant is set, replaced, found by its path, and taken back", async () => {
  await using it = await start();
  await it.hub.addAccount("nas");
  const grant = { account: "NAS", path: "photos", role: "read" };
  assert.deepEqual((await it.send("PUT", "/grants", { json: grant })).json, { account: "nas", path: "/photos/", role: "read" });
  await it.send("PUT", "/grants", { json: { ...grant, role: "admin" } });
  assert.deepEqual(await it.items("/grants?path=/photos"), [{ account: "nas", path: "/photos/", role: "admin" }]);
  assert.equal((await it.send("PUT", "/grants", { json: { ...grant, account: "nobody" } })).status, 404);
  assert.deepEqual((await it.send("PUT", "/grants", { json: { ...grant, path: "a/data/b" } })).json["errors"], [
    { pointer: "#/path", detail: '"data" is a word of restic\'s own and no folder of a repository' },
  ]);
  assert.deepEqual((await it.send("GET", "/access/nas")).json["grants"], [
    { path: "/nas/", role: "maintain", permissions: ["read", "lock", "add", "remove"] },
    { path: "/photos/", role: "admin", permissions: ["read", "lock", "add", "remove", "grant", "hold"] },
  ]);
  assert.equal((await it.send("DELETE", "/grants?account=nas&path=photos")).status, 204);
  assert.equal((await it.send("DELETE", "/grants?account=nas&path=photos")).status, 404);
  assert.equal((await it.send("DELETE", "/grants?account=nas")).status, 400);
});

test("a repository is made, listed below a path, and counted", async () => {
  await using it = await start();
  assert.equal(
    (await it.send("POST", "/repositories", { json: { path: "laptop/photos" } })).headers["location"],
    "/api/v1/repositories/by-path?path=%2Flaptop%2Fphotos%2F",
  );
  await it.send("POST", "/repositories", { json: { path: "nas" } });
  assert.deepEqual(
    (await it.items("/repositories?below=laptop")).map(({ path }) => path),
    ["/laptop/photos/"],
  );
  await it.hub.send("POST", "/laptop/photos/config", { body: "x".repeat(10) });
  await it.hub.send("POST", `/laptop/photos/keys/${"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}`, { body: "x" });
  const { json } = await it.send("GET", "/repositories/by-path?path=laptop/photos");
  assert.deepEqual(json["total"], { count: 1, sizeBytes: 1 });
  assert.deepEqual(json["grants"], [
    { account: "laptop", path: "/", role: "maintain" },
    { account: "laptop", path: "/laptop/", role: "maintain" },
  ]);
  assert.equal((await it.send("GET", "/repositories/by-path?path=nothing")).status, 404);
  assert.equal((await it.send("GET", "/repositories/by-path")).status, 400);
  assert.deepEqual((await it.send("POST", "/repositories", { json: { path: "a:b" } })).json["code"], "invalid_input");
});

test("a token is made once, works, and its secret is never shown again", async () => {
  await using it = await start();
  const expiresAt = "2999-01-01T02:00:00+02:00";
  const made = await it.send("POST", "/tokens", { json: { name: "grafana", scopes: ["read", "metrics", "read"], expiresAt } });
  assert.deepEqual([made.status, made.json["scopes"], made.json["expiresAt"]], [201, ["metrics", "read"], "2999-01-01T00:00:00.000Z"]);
  const token = String(made.json["token"]);
  assert.match(token, /^hf_[A-Za-z0-9_-]{27}$/);
  assert.equal((await it.send("GET", "/whoami", { token })).json["name"], "grafana");
  assert.ok(!JSON.stringify([await it.items("/tokens"), (await it.send("GET", "/tokens/grafana")).json]).includes(token));
  assert.equal((await it.send("POST", "/tokens", { json: { name: "grafana", scopes: ["read"] } })).status, 409);
  assert.equal((await it.send("POST", "/tokens", { json: { name: "x", scopes: [] } })).status, 400);
  assert.equal((await it.send("POST", "/tokens", { json: { name: "x", scopes: ["root"] } })).status, 400);
  await it.send("PATCH", "/tokens/grafana", { json: { disabled: true } });
  assert.equal((await it.send("GET", "/whoami", { token })).status, 403);
  assert.equal((await it.send("DELETE", "/tokens/grafana")).status, 204);
  assert.equal((await it.send("GET", "/whoami", { token })).status, 401);
});

test("for an account there is nothing but itself, its grants and the repositories it has a role on", async () => {
  await using it = await start();
  const credentials = await it.hub.addAccount("nas");
  await it.hub.grant("nas", "/shared/", "read");
  await it.hub.addAccount("other");
  await makeRepositories(it.hub, "nas/a", "shared", "other/x", "nasty");
  const as = { credentials };
  assert.deepEqual(
    (await it.items("/accounts", as)).map(({ name }) => name),
    ["nas"],
  );
  assert.deepEqual(
    (await it.items("/repositories", as)).map(({ path }) => path),
    ["/nas/a/", "/shared/"],
  );
  assert.deepEqual(
    (await it.items("/grants", as)).map(({ path }) => path),
    ["/nas/", "/shared/"],
  );
  assert.deepEqual(await it.items("/grants?account=other", as), []);
  assert.deepEqual((await it.send("GET", "/repositories/by-path?path=shared", as)).json["grants"], [
    { account: "nas", path: "/shared/", role: "read" },
  ]);
  for (const path of ["/accounts/nas", "/accounts/NAS", "/accounts/nas/credentials", "/access/nas"])
    assert.equal((await it.send("GET", path, as)).status, 200, path);

  const foreign = [
    ["GET", "/accounts/other"],
    ["GET", "/accounts/other/credentials"],
    ["GET", "/access/other"],
    ["GET", "/repositories/by-path?path=other/x"],
    ["GET", "/repositories/by-path?path=nasty"],
    ["GET", "/repositories/by-path?path=/"],
    ["GET", "/tokens"],
    ["GET", "/tokens/admin"],
    ["DELETE", "/accounts/nas"],
    ["DELETE", "/accounts/other"],
    ["DELETE", "/grants?account=other&path=other"],
    ["DELETE", "/tokens/admin"],
    ["POST", "/accounts", { name: "new" }],
    ["POST", "/tokens", { name: "new", scopes: ["admin"] }],
    ["POST", "/repositories", { path: "nas/new" }],
    ["PATCH", "/accounts/other", { disabled: true }],
    ["PATCH", "/tokens/admin", { disabled: true }],
    ["POST", "/accounts/nas/credentials/nas/rotate", {}],
    ["PUT", "/grants", { account: "nas", path: "other", role: "read" }],
  ] as const;
  for (const [method, path, json] of foreign) {
    assert.equal((await it.send(method, path, json === undefined ? as : { ...as, json })).status, 404, `${method} ${path}`);
  }
  const own = await it.send("PUT", "/grants", { ...as, json: { account: "nas", path: "nas", role: "admin" } });
  assert.equal(own.status, 403, "maintain is not admin");
});

test("an account grants where it is admin, sees who else may come there, and gives itself nothing it was denied", async () => {
  await using it = await start();
  const as = { credentials: await it.hub.addAccount("lead") };
  await it.hub.addAccount("nas");
  await it.hub.grant("lead", "/team/", "admin");
  await it.hub.grant("lead", "/team/secret/", "read");
  await it.hub.grant("nas", "/team/secret/", "maintain");
  await it.hub.grant("nas", "/team/photos/", "read");
  const put = async (path: string) => (await it.send("PUT", "/grants", { ...as, json: { account: "nas", path, role: "backup" } })).status;
  assert.equal(await put("team/photos"), 200);
  assert.equal(await put("team/secret"), 403);
  assert.equal(await put("team"), 403, "the secret lies below it");
  assert.equal(await put("/"), 404);
  assert.deepEqual(await it.items("/grants", as), [
    { account: "lead", path: "/lead/", role: "maintain" },
    { account: "lead", path: "/team/", role: "admin" },
    { account: "nas", path: "/team/photos/", role: "backup" },
    { account: "lead", path: "/team/secret/", role: "read" },
  ]);
  assert.equal((await it.send("DELETE", "/grants?account=lead&path=team/secret", as)).status, 403);
  assert.equal((await it.send("DELETE", "/grants?account=nas&path=team/photos", as)).status, 204);
});

test("whoever changes a setting stands in the timeline", async () => {
  await using it = await start();
  await it.send("POST", "/accounts", { json: { name: "nas" } });
  const { read } = it.hub.hub.core.database;
  const line = await read
    .selectFrom("operation")
    .select(["actorKind", "actorName"])
    .where("summary", "=", "Account nas was made")
    .executeTakeFirst();
  assert.deepEqual({ ...line }, { actorKind: "token", actorName: "admin" });
});

test("the API stands on the listener main alone", async () => {
  await using it = await start();
  const reply = await httpRequest(it.hub.url, "GET", "/api/v1/version");
  assert.equal(reply.status, 401);
  assert.match(String(reply.headers["www-authenticate"]), /^Basic/);
});
