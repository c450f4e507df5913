import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiRequest } from "../../../test/support/api-client.ts";
import { startApiHub } from "../../../test/support/api-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";

const YEAR_2999 = "2999-01-01T00:00:00.000Z";

test("a hold is added by a token, keeps what it covers, is listed by path and page, and lifted", async () => {
  await using it = await startApiHub();
  const { id, bytes } = randomObject(10);
  await it.hub.send("POST", `/laptop/data/${id}`, { body: bytes });
  const made = await it.send("POST", "/holds", { json: { path: "laptop", until: YEAR_2999, reason: "audit" } });
  assert.equal(made.status, 201);
  assert.deepEqual(
    [made.json["path"], made.json["until"], made.json["newerThanDays"], made.json["over"]],
    ["/laptop/", YEAR_2999, null, false],
  );
  assert.equal((await it.hub.send("DELETE", `/laptop/data/${id}`)).status, 403);
  const rolling = await it.send("POST", "/holds", { json: { path: "/", newerThanDays: 1.5, reason: "ransom" } });
  assert.equal(rolling.json["newerThanDays"], 1.5);
  await it.send("POST", "/holds", { json: { path: "nas", newerThanDays: 2, reason: "r" } });
  const paths = async (query: string) => (await it.walk(`/holds${query}`)).map(({ path }) => path);
  assert.deepEqual(await paths(""), ["/laptop/", "/", "/nas/"]);
  assert.deepEqual(await paths("?path=laptop/photos"), ["/laptop/", "/"]);
  for (const hold of await it.items("/holds")) assert.equal((await it.send("DELETE", `/holds/${hold["id"]}`)).status, 204);
  assert.equal((await it.send("DELETE", `/holds/${made.json["id"]}`)).status, 404);
  assert.equal((await it.hub.send("DELETE", `/laptop/data/${id}`)).status, 200);
});

test("a hold without a term, with two, in the past, or without a reason is refused at its place", async () => {
  await using it = await startApiHub();
  const pointers = async (json: object) => {
    const { status, json: problem } = await it.send("POST", "/holds", { json: { path: "/laptop/", reason: "r", ...json } });
    assert.equal(status, 400);
    return (problem["errors"] as { pointer: string }[]).map(({ pointer }) => pointer);
  };
  assert.deepEqual(await pointers({}), ["#/until"]);
  assert.deepEqual(await pointers({ until: YEAR_2999, newerThanDays: 1 }), ["#/until"]);
  assert.deepEqual(await pointers({ until: "2020-01-01T00:00:00Z" }), ["#/until"]);
  assert.deepEqual(await pointers({ newerThanDays: 0 }), ["#/newerThanDays"]);
  assert.deepEqual(await pointers({ newerThanDays: 1, reason: " " }), ["#/reason"]);
  assert.deepEqual(await it.items("/holds"), []);
});

test("an account with the role admin adds holds there, lifts none, and sees those that count for it", async () => {
  await using it = await startApiHub();
  const as = { credentials: await it.hub.addAccount("lead") };
  await it.hub.grant("lead", "/team/", "admin");
  await it.hub.grant("lead", "/team/secret/", "read");
  const add = async (path: string, request: ApiRequest) =>
    await it.send("POST", "/holds", { ...request, json: { path, newerThanDays: 1, reason: "r" } });
  for (const path of ["/", "/laptop/", "/team/other/"]) await add(path, {});
  assert.equal((await add("/team/photos/", as)).status, 201);
  assert.equal((await add("/lead/", as)).status, 403, "maintain is not admin");
  assert.equal((await add("/team/secret/", as)).status, 403);
  assert.equal((await add("/team/", as)).status, 403, "the secret lies below it");
  assert.equal((await add("/laptop/", as)).status, 404);
  assert.equal((await add("/", as)).status, 404);
  assert.deepEqual(
    (await it.walk("/holds", as)).map(({ path }) => path),
    ["/", "/team/other/", "/team/photos/"],
  );
  assert.deepEqual(
    (await it.items("/holds?path=laptop", as)).map(({ path }) => path),
    ["/"],
  );
  for (const hold of await it.items("/holds")) assert.equal((await it.send("DELETE", `/holds/${hold["id"]}`, as)).status, 404);
  assert.equal((await it.items("/holds")).length, 4);
});

test("a clean-up window lets an append-only login remove until it is closed; only who it is for, and an admin there, see it", async () => {
  await using it = await startApiHub();
  const nas = await it.hub.addAccount("nas", { appendOnly: true });
  const lead = await it.hub.addAccount("lead");
  await it.hub.grant("lead", "/nas/", "admin");
  await it.hub.grant("laptop", "/nas/", "read");
  const { id, bytes } = randomObject(10);
  await it.hub.send("POST", `/nas/data/${id}`, { body: bytes, credentials: nas });
  assert.equal((await it.hub.send("DELETE", `/nas/data/${id}`, { credentials: nas })).status, 403);
  const owner = { kind: "login", name: "NAS" };
  const opened = await it.send("POST", "/cleanup-windows", { json: { owner, path: "nas", minutes: 5, reason: "yearly" } });
  assert.equal(opened.status, 201);
  assert.deepEqual([opened.json["owner"], opened.json["open"]], [{ kind: "login", name: "nas" }, true]);
  await it.send("POST", "/cleanup-windows", { json: { owner: { kind: "account", name: "laptop" }, path: "/", reason: "r" } });
  const paths = async (request: ApiRequest, query = "") => (await it.walk(`/cleanup-windows${query}`, request)).map(({ path }) => path);
  assert.deepEqual(await paths({}), ["/", "/nas/"]);
  assert.deepEqual(await paths({ credentials: nas }), ["/nas/"]);
  assert.deepEqual(await paths({ credentials: lead }), ["/nas/"]);
  assert.deepEqual(await paths({ credentials: it.hub.credentials }), ["/"]);
  assert.deepEqual(await paths({}, "?path=laptop"), ["/"]);
  const close = (request: ApiRequest = {}) => it.send("DELETE", `/cleanup-windows/${opened.json["id"]}`, request);
  for (const credentials of [nas, lead]) {
    assert.equal((await close({ credentials })).status, 404);
    const json = { owner, path: "nas", reason: "r" };
    assert.equal((await it.send("POST", "/cleanup-windows", { credentials, json })).status, 404);
  }
  assert.equal((await close()).status, 204);
  assert.equal((await close()).status, 204);
  assert.equal((await it.hub.send("DELETE", `/nas/data/${id}`, { credentials: nas })).status, 403);
  assert.deepEqual([await paths({}), await paths({}, "?state=all")], [["/"], ["/", "/nas/"]]);
  assert.equal((await it.send("DELETE", "/cleanup-windows/99999")).status, 404);
  const nobody = { owner: { kind: "login", name: "nobody" }, path: "nas", reason: "r" };
  assert.equal((await it.send("POST", "/cleanup-windows", { json: nobody })).status, 404);
});

test("a mode of the hub or a path is set, told to those it concerns, and ended", async () => {
  await using it = await startApiHub();
  const nas = await it.hub.addAccount("nas");
  const storage = await it.tokenOf("storage");
  const mode = { mode: "read_only", reason: "moving house" };
  assert.equal((await it.send("PUT", "/modes/hub", { token: storage, json: mode })).status, 403, "it concerns the hub as a whole");
  assert.equal((await it.send("PUT", "/modes/hub", { json: mode })).json["path"], null);
  const { id, bytes } = randomObject(10);
  const store = async () => (await it.hub.send("POST", `/laptop/data/${id}`, { body: bytes })).status;
  assert.equal(await store(), 403);
  assert.equal((await it.send("DELETE", "/modes/hub")).status, 204);
  assert.equal((await it.send("DELETE", "/modes/hub")).status, 404);
  assert.equal(await store(), 200);
  for (const path of ["nas", "laptop", "/"]) {
    const set = await it.send("PUT", "/modes/by-path", { json: { ...mode, mode: "maintenance", path } });
    assert.deepEqual([set.status, set.json["mode"]], [200, "maintenance"]);
  }
  await it.send("PUT", "/modes/hub", { json: mode });
  assert.deepEqual(
    (await it.walk("/modes")).map(({ path }) => path),
    ["/", "/laptop/", "/nas/", null],
  );
  assert.deepEqual(
    (await it.walk("/modes", { credentials: nas })).map(({ path }) => path),
    ["/", "/nas/", null],
  );
  assert.equal((await it.send("DELETE", "/modes/by-path?path=nas")).status, 204);
  assert.equal((await it.send("DELETE", "/modes/by-path?path=nas")).status, 404);
  assert.equal((await it.send("DELETE", "/modes/by-path?path=laptop", { credentials: nas })).status, 404);
  const refused = await it.send("PUT", "/modes/hub", { json: { ...mode, reason: "größer" } });
  assert.deepEqual((refused.json["errors"] as { pointer: string }[])[0]?.pointer, "#/reason");
});
