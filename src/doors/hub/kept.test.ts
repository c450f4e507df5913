import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { addRepository } from "#domain/repositories/add-repository.ts";
import { OPERATOR } from "#model/actor.ts";
import type { ApiRequest } from "../../../test/support/api-client.ts";
import { startApiHub } from "../../../test/support/api-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";

test("the trash is listed by hour and repository, each to those who have a role there, and restored by an admin", async () => {
  await using it = await startApiHub();
  const nas = await it.hub.addAccount("nas");
  const lead = await it.hub.addAccount("lead");
  await it.hub.grant("lead", "/team/", "admin");
  await it.storeAndRemove("/laptop/");
  const photo = await it.storeAndRemove("/team/photos/");
  await it.storeAndRemove("/team/photos/", "snapshots");
  const repositories = async (query: string, request?: ApiRequest) =>
    (await it.walk(`/trash${query}`, request)).map(({ repository, objects, sizeBytes }) => [repository, objects, sizeBytes]);
  const [laptop, team] = [
    ["/laptop/", 1, 100],
    ["/team/photos/", 2, 200],
  ];
  assert.deepEqual(await repositories(""), [laptop, team]);
  assert.deepEqual(await repositories("?path=team/photos"), [team]);
  assert.deepEqual(await repositories("?path=team/photos/snapshots"), [["/team/photos/", 1, 100]]);
  assert.deepEqual(await repositories("", { credentials: lead }), [team]);
  assert.deepEqual(await repositories("?path=laptop", { credentials: lead }), []);
  assert.deepEqual(await repositories("", { credentials: nas }), []);
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  const anHourAgo = new Date(Date.now() - 3_600_000).toISOString();
  assert.deepEqual(await repositories(`?from=${inAnHour}`), []);
  assert.deepEqual(await repositories(`?until=${anHourAgo}`), []);
  assert.deepEqual(await repositories(`?from=${anHourAgo}&until=${inAnHour}`), [laptop, team]);

  const restore = (path: string, request: ApiRequest = {}) => it.send("POST", "/trash/restore", { ...request, json: { path } });
  assert.equal((await restore("team/photos", { credentials: nas })).status, 404);
  assert.equal((await restore("laptop", { credentials: lead })).status, 404);
  assert.equal((await restore("laptop", { credentials: it.hub.credentials })).status, 403, "maintain is not admin");
  assert.equal((await restore("laptop", { token: await it.tokenOf("read") })).status, 403);
  assert.equal((await it.hub.send("GET", photo)).status, 404);
  await it.send("PUT", "/modes/by-path", { json: { path: "team", mode: "read_only", reason: "r" } });
  assert.equal((await restore("team/photos", { credentials: lead })).status, 403, "nothing is added meanwhile");
  await it.send("PUT", "/modes/by-path", { json: { path: "team", mode: "maintenance", reason: "r" } });
  assert.equal((await restore("team/photos", { credentials: lead })).status, 503);
  await it.send("DELETE", "/modes/by-path?path=team");
  const { status, json } = await restore("team/photos", { credentials: lead });
  const none = { alreadyThere: 0, stayed: 0, stayedPaths: [] };
  assert.deepEqual([status, json], [200, { repository: "/team/photos/", objects: 2, sizeBytes: 200, ...none }]);
  assert.equal((await it.hub.send("GET", photo)).status, 200);
  assert.equal((await restore("team/photos", { credentials: lead })).status, 404);
  assert.equal((await restore("laptop", { token: await it.tokenOf("storage") })).status, 200);
});

test("of a config that another one follows the old one stays in the trash, and the reply says where", async () => {
  await using it = await startApiHub();
  await it.hub.send("POST", "/laptop/config", { body: "one" });
  assert.equal((await it.hub.send("DELETE", "/laptop/config")).status, 200);
  await it.hub.send("POST", "/laptop/config", { body: "two" });
  const { json } = await it.send("POST", "/trash/restore", { json: { path: "/laptop/config" } });
  assert.deepEqual([json["objects"], json["stayed"], json["stayedPaths"]], [0, 1, ["/laptop/config"]]);
  const bad = await it.send("POST", "/trash/restore", { json: { path: "/laptop/config", hour: "yesterday" } });
  assert.equal((bad.json["errors"] as { pointer: string }[])[0]?.pointer, "#/hour");
});

test("a snapshot that comes back out of the trash is no new backup", async () => {
  await using it = await startApiHub();
  await it.hub.send("POST", "/laptop/config", { body: "config" });
  await it.storeAndRemove("/laptop/", "snapshots");
  const lastSnapshotAt = async () => {
    await it.core.quotas.flush();
    return (await it.send("GET", "/repositories/by-path?path=laptop")).json["lastSnapshotAt"];
  };
  const before = await lastSnapshotAt();
  assert.ok(typeof before === "string");
  await sleep(5);
  assert.equal((await it.send("POST", "/trash/restore", { json: { path: "laptop" } })).json["objects"], 1);
  assert.equal(await lastSnapshotAt(), before, "an alert about missing backups must go on");
});

test("the trash is emptied before its time only with a confirmation, and only by who may all", async () => {
  await using it = await startApiHub();
  await it.storeAndRemove("/laptop/");
  const storage = await it.tokenOf("storage");
  const empty = async (json: object, request: ApiRequest = {}) => await it.send("POST", "/trash/empty", { ...request, json });
  assert.deepEqual((await empty({}, { token: storage })).json, { objects: 0, sizeBytes: 0 });
  assert.deepEqual(((await empty({ beforeHold: true })).json["errors"] as { pointer: string }[])[0]?.pointer, "#/confirm");
  assert.equal((await empty({ confirm: true })).status, 400);
  assert.equal((await empty({ beforeHold: true, confirm: true }, { token: storage })).status, 403);
  assert.equal((await empty({ beforeHold: true, confirm: true }, { credentials: it.hub.credentials })).status, 404);
  assert.equal((await it.items("/trash")).length, 1, "nothing has gone so far");
  assert.deepEqual((await empty({ beforeHold: true, confirm: true })).json, { objects: 1, sizeBytes: 100 });
  assert.deepEqual(await it.items("/trash"), []);
});

test("quotas are put, told with what is used, and seen by whom they concern", async () => {
  await using it = await startApiHub();
  const nas = await it.hub.addAccount("nas");
  await it.hub.addAccount("other");
  const { id, bytes } = randomObject(1000);
  assert.equal((await it.hub.send("POST", `/nas/data/${id}`, { body: bytes, credentials: nas })).status, 200);
  await it.core.quotas.flush();
  const limits = { softBytes: 1500, hardBytes: 2000 };
  const put = await it.send("PUT", "/quotas/accounts/NAS", { json: limits });
  assert.deepEqual([put.status, put.json["account"], put.json["usedBytes"], put.json["hardBytes"]], [200, "nas", 1000, 2000]);
  const second = randomObject(1001);
  assert.equal((await it.hub.send("POST", `/nas/data/${second.id}`, { body: second.bytes, credentials: nas })).status, 507);
  await it.send("PUT", "/quotas/by-path", { json: { path: "nas", ...limits } });
  await it.send("PUT", "/quotas/by-path", { json: { path: "other", ...limits } });
  await it.send("PUT", "/quotas/accounts/other", { json: limits });
  await it.send("PUT", "/quotas/hub", { json: { softBytes: null, hardBytes: 1_000_000 } });
  const scopes = async (request?: ApiRequest) =>
    (await it.walk("/quotas", request)).map(({ scope, path, account }) => [scope, path ?? account].join(" "));
  assert.deepEqual(await scopes(), ["account nas", "account other", "hub ", "repository /nas/", "repository /other/"]);
  assert.deepEqual(await scopes({ credentials: nas }), ["account nas", "repository /nas/"]);
  assert.equal((await it.send("GET", "/quotas/accounts/nas", { credentials: nas })).json["hardBytes"], 2000);
  assert.equal((await it.send("GET", "/quotas/by-path?path=nas", { credentials: nas })).json["usedBytes"], 1000);
  for (const path of ["/quotas/hub", "/quotas/accounts/other", "/quotas/by-path?path=other"])
    assert.equal((await it.send("GET", path, { credentials: nas })).status, 404, path);
  const raise = await it.send("PUT", "/quotas/accounts/nas", { credentials: nas, json: { softBytes: null, hardBytes: null } });
  assert.equal(raise.status, 404);
  assert.equal((await it.send("GET", "/quotas/hub")).json["usedBytes"], 1000);
  assert.equal((await it.send("PUT", "/quotas/accounts/nobody", { json: limits })).status, 404);
  const half = await it.send("PUT", "/quotas/hub", { json: { hardBytes: 1 } });
  assert.deepEqual((half.json["errors"] as { pointer: string }[])[0]?.pointer, "#/softBytes");
  await it.send("PUT", "/quotas/accounts/nas", { json: { softBytes: null, hardBytes: null } });
  assert.equal((await scopes()).includes("account nas"), false, "without limits it is no quota");
});

test("a repository is shown with its counters, its owner, its quota and all that is set for it", async () => {
  await using it = await startApiHub();
  const nas = await it.hub.addAccount("nas");
  await it.hub.grant("laptop", "/nas/", "read");
  const { id, bytes } = randomObject(1000);
  await it.hub.send("POST", "/nas/config", { body: "config", credentials: nas });
  await it.hub.send("POST", `/nas/snapshots/${id}`, { body: bytes, credentials: nas });
  await it.core.quotas.flush();
  await it.send("PUT", "/quotas/by-path", { json: { path: "nas", softBytes: null, hardBytes: 5000 } });
  await it.send("POST", "/holds", { json: { path: "/", newerThanDays: 1, reason: "ransom" } });
  await it.send("PUT", "/modes/by-path", { json: { path: "nas", mode: "read_only", reason: "r" } });
  const marked = await it.send("PATCH", "/repositories/by-path", { json: { path: "/", cleanupOnly: true } });
  assert.deepEqual(marked.json, { path: "/", cleanupOnly: true, cleanupOnlyAt: "/" });
  const { json } = await it.send("GET", "/repositories/by-path?path=nas", { credentials: nas });
  assert.deepEqual(
    [json["owner"], json["quota"], json["cleanupOnly"], json["cleanupOnlyAt"]],
    ["nas", { softBytes: null, hardBytes: 5000 }, true, "/"],
  );
  const use = json["use"] as { usedBytes: number; objects: Record<string, unknown> };
  assert.deepEqual(
    [use.usedBytes, use.objects["snapshots"], use.objects["config"]],
    [1006, { count: 1, sizeBytes: 1000 }, { count: 1, sizeBytes: 6 }],
  );
  assert.ok(Math.abs(Date.parse(String(json["lastSnapshotAt"])) - Date.now()) < 60_000);
  assert.deepEqual([(json["holds"] as { path: string }[])[0]?.path, (json["mode"] as { mode: string }).mode], ["/", "read_only"]);
  const asReader = await it.send("GET", "/repositories/by-path?path=nas", { credentials: it.hub.credentials });
  assert.equal(asReader.json["owner"], null, "whoever only reads here learns no names");
  assert.equal(
    (await it.send("PATCH", "/repositories/by-path", { credentials: nas, json: { path: "nas", cleanupOnly: false } })).status,
    404,
  );
});

test("a recount is asked for, and done soon after", async () => {
  await using it = await startApiHub();
  await addRepository(it.core, OPERATOR, { path: "nas" }, AbortSignal.timeout(20_000));
  const ask = (path: string) => it.send("POST", "/repositories/recount", { json: { path } });
  assert.equal((await ask("nothing")).status, 404);
  const askedAtMs = Date.now();
  assert.deepEqual(await ask("nas").then(({ status, json }) => [status, json]), [202, { path: "/nas/" }]);
  for (;;) {
    const { json } = await it.send("GET", "/repositories/by-path?path=nas");
    const countedAt = (json["use"] as { countedAt: string | null }).countedAt;
    if (countedAt !== null && Date.parse(countedAt) >= askedAtMs) break;
    assert.ok(Date.now() - askedAtMs < 20_000, "it was not counted");
    await sleep(100);
  }
});

test("a token of the scope read changes nothing of what is kept", async () => {
  await using it = await startApiHub();
  const token = await it.tokenOf("read");
  const limits = { softBytes: null, hardBytes: null };
  const tries = [
    ["POST", "/holds", { path: "/", newerThanDays: 1, reason: "r" }],
    ["DELETE", "/holds/1", undefined],
    ["POST", "/cleanup-windows", { owner: { kind: "login", name: "laptop" }, path: "/", reason: "r" }],
    ["DELETE", "/cleanup-windows/1", undefined],
    ["PUT", "/modes/hub", { mode: "maintenance", reason: "r" }],
    ["DELETE", "/modes/hub", undefined],
    ["PUT", "/modes/by-path", { path: "/", mode: "maintenance", reason: "r" }],
    ["DELETE", "/modes/by-path?path=/", undefined],
    ["POST", "/trash/restore", { path: "/" }],
    ["POST", "/trash/empty", {}],
    ["PUT", "/quotas/hub", limits],
    ["PUT", "/quotas/accounts/laptop", limits],
    ["PUT", "/quotas/by-path", { path: "/", ...limits }],
    ["PATCH", "/repositories/by-path", { path: "/", cleanupOnly: true }],
    ["POST", "/repositories/recount", { path: "/" }],
  ] as const;
  const before = await it.core.database.accessVersion();
  for (const [method, path, json] of tries) {
    assert.equal((await it.send(method, path, { token, ...(json === undefined ? {} : { json }) })).status, 403, `${method} ${path}`);
  }
  assert.equal(await it.core.database.accessVersion(), before);
  for (const path of ["/holds", "/cleanup-windows", "/modes", "/trash", "/quotas", "/quotas/hub"])
    assert.equal((await it.send("GET", path, { token })).status, 200, path);
});

test("the cursors of what is kept are held to their form", async () => {
  await using it = await startApiHub();
  for (const list of ["/holds", "/cleanup-windows", "/modes", "/trash", "/quotas"]) {
    for (const cursor of ["x", "W10", Buffer.from('["x","y","z"]').toString("base64url")]) {
      const { status, json } = await it.send("GET", `${list}?cursor=${cursor}`);
      assert.deepEqual([status, (json["errors"] as { parameter: string }[])[0]?.parameter], [400, "cursor"], `${list} ${cursor}`);
    }
  }
  const word = Buffer.from('["1 or 1"]').toString("base64url");
  assert.equal((await it.send("GET", `/holds?cursor=${word}`)).status, 400);
});
