import assert from "node:assert/strict";
import { test } from "node:test";
import { addToken } from "#domain/access/add-token.ts";
import { OPERATOR } from "#model/actor.ts";
import { type ApiRequest, apiClient } from "../../../test/support/api-client.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";

async function start() {
  const hub = await startDoorHub({ flags: { "localOperator.main": "false" } });
  const api = await apiClient(hub.hub.addresses["main"] ?? "");
  const { secret: token } = await addToken(hub.hub.core, OPERATOR, { name: "admin", scopes: ["access"] });
  return {
    hub,
    send: (method: string, path: string, request: ApiRequest = {}) =>
      api.send(method, path, "credentials" in request ? request : { token, ...request }),
    /** Whether that login and secret are let in. */
    signsIn: async (login: string, secret: unknown) =>
      (await hub.send("HEAD", "/laptop/config", { credentials: { login, secret: String(secret) } })).status === 404,
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

const BASE = "/accounts/laptop/credentials";

test("a login is made with bounds, shown without its password, changed, disabled and taken away", async () => {
  await using it = await start();
  const bounds = { label: "the NAS in the cellar", mostRole: "backup", addresses: ["127.0.0.0/8"], expiresAt: "2999-01-01T00:00:00.000Z" };
  const made = await it.send("POST", BASE, { json: { word: "nas2", ...bounds } });
  assert.equal(made.status, 201);
  assert.equal(made.headers["location"], `/api/v1${BASE}/laptop.nas2`);
  const { password, ...shown } = made.json;
  assert.equal(await it.signsIn("laptop.nas2", password), true);
  assert.partialDeepStrictEqual(shown, { account: "laptop", login: "laptop.nas2", kind: "password", disabled: false, ...bounds });
  for (const path of [BASE, `${BASE}/laptop.nas2`, "/operations"]) {
    const text = JSON.stringify((await it.send("GET", path)).json);
    assert.ok(text.includes("laptop.nas2") && !text.includes(String(password)) && !text.includes("argon2"), path);
  }

  const change = async (body: object) => (await it.send("PATCH", `${BASE}/LAPTOP.nas2`, { json: body })).json;
  assert.deepEqual((await change({ label: null, addresses: [], expiresAt: null, mostRole: null }))["addresses"], []);
  assert.equal((await change({ disabled: true, label: "off" }))["disabled"], true);
  assert.equal(await it.signsIn("laptop.nas2", password), false);
  assert.equal((await change({ disabled: false }))["label"], "off");
  assert.equal(await it.signsIn("laptop.nas2", password), true);
  assert.equal((await it.send("DELETE", `${BASE}/laptop.nas2`)).status, 204);
  assert.equal(await it.signsIn("laptop.nas2", password), false);
  assert.equal((await it.send("GET", `${BASE}/laptop.nas2`)).status, 404);
  assert.equal((await it.send("POST", BASE, { json: { word: "nas2" } })).status, 409, "never given out again");
});

test("a certificate has a name and no password, and is refused one", async () => {
  await using it = await start();
  const made = await it.send("POST", BASE, { json: { word: "cert", certificateName: "nas.lan" } });
  assert.partialDeepStrictEqual(made.json, { login: "laptop.cert", kind: "certificate", certificateName: "nas.lan", password: null });
  assert.equal((await it.send("POST", `${BASE}/laptop.cert/rotate`)).status, 400);
  const both = await it.send("POST", BASE, { json: { certificateName: "b.lan", password: "long enough" } });
  assert.deepEqual((both.json["errors"] as object[])[0], { pointer: "#/password", detail: "A certificate has no password" });
});

test("what is wrong with a login is told with its place, and nothing is made", async () => {
  await using it = await start();
  const wrong: [pointer: string, body: object][] = [
    ["#/word", { word: "a.b" }],
    ["#/label", { label: "two\nlines" }],
    ["#/mostRole", { mostRole: "root" }],
    ["#/addresses", { addresses: ["300.1.1.1"] }],
    ["#/expiresAt", { expiresAt: "2020-01-01T00:00:00Z" }],
    ["#/certificateName", { certificateName: "*.lan" }],
    ["#/password", { password: "short" }],
    ["#/secret", { secret: "long enough" }],
  ];
  for (const [pointer, json] of wrong) {
    const { status, json: problem } = await it.send("POST", BASE, { json });
    assert.deepEqual([status, (problem["errors"] as { pointer: string }[])[0]?.pointer], [400, pointer]);
  }
  assert.equal((await it.send("PATCH", `${BASE}/laptop`, { json: {} })).status, 400);
  assert.equal((await it.send("POST", "/accounts/nobody/credentials", { json: {} })).status, 404);
  assert.equal(((await it.send("GET", BASE)).json["items"] as object[]).length, 1);
});

test("a password is rotated with an overlap, in which the two newest work and no other", async () => {
  await using it = await start();
  const first = it.hub.credentials.secret;
  const second = await it.send("POST", `${BASE}/laptop/rotate`, { json: { overlapSeconds: 3600 } });
  const leftMs = Date.parse(String(second.json["previousPasswordUntil"])) - Date.now();
  assert.ok(leftMs > 3_500_000 && leftMs <= 3_600_000, `${leftMs}`);
  assert.deepEqual([await it.signsIn("laptop", first), await it.signsIn("laptop", second.json["password"])], [true, true]);
  assert.equal((await it.send("GET", `${BASE}/laptop`)).json["previousPasswordUntil"], second.json["previousPasswordUntil"]);
  const third = await it.send("POST", `${BASE}/laptop/rotate`);
  assert.equal(third.json["previousPasswordUntil"], null);
  assert.deepEqual([await it.signsIn("laptop", first), await it.signsIn("laptop", second.json["password"])], [false, false]);
  assert.equal((await it.send("POST", `${BASE}/laptop/rotate`, { json: { overlapSeconds: 1e9 } })).status, 400);
});

test("an account sees its own logins, page by page, changes none, and nobody's else exist for it", async () => {
  await using it = await start();
  const credentials = await it.hub.addAccount("nas");
  for (const word of ["a", "b", "c"]) await it.send("POST", "/accounts/nas/credentials", { json: { word } });
  const seen: unknown[] = [];
  let cursor = "";
  do {
    const { json } = await it.send("GET", `/accounts/nas/credentials?limit=3${cursor}`, { credentials });
    seen.push(...(json["items"] as { login: string }[]).map(({ login }) => login));
    cursor = json["next"] === null ? "" : `&cursor=${String(json["next"])}`;
  } while (cursor !== "");
  assert.deepEqual(seen, ["nas", "nas.a", "nas.b", "nas.c"]);
  assert.equal((await it.send("GET", "/accounts/nas/credentials/nas.a", { credentials })).status, 200);
  assert.equal((await it.send("GET", "/accounts/nas/credentials/laptop", { credentials })).status, 404);
  assert.equal((await it.send("GET", BASE, { credentials })).status, 404);
  assert.equal((await it.send("POST", "/accounts/nas/credentials", { credentials, json: {} })).status, 404);
  for (const method of ["PATCH", "DELETE"]) {
    const sent = { credentials, ...(method === "PATCH" ? { json: { label: "x" } } : {}) };
    assert.equal((await it.send(method, "/accounts/nas/credentials/nas.a", sent)).status, 404, method);
  }
  assert.equal(
    (await it.send("PATCH", "/accounts/nas/credentials/laptop", { json: { disabled: true } })).status,
    404,
    "not of that account",
  );
});
