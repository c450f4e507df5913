import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { addToken } from "#domain/access/add-token.ts";
import { HUB, OPERATOR } from "#model/actor.ts";
import type { NewOperation } from "#model/operation.ts";
import { type ApiRequest, apiClient } from "../../../test/support/api-client.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";

async function start() {
  const hub = await startDoorHub({ flags: { "localOperator.main": "false", "limits.signInNotesMs": "100" }, role: "backup" });
  const { core } = hub.hub;
  const api = await apiClient(hub.hub.addresses["main"] ?? "");
  const { secret: token } = await addToken(core, OPERATOR, { name: "watcher", scopes: ["access"] });
  const send = (path: string, request: ApiRequest = {}, method = "GET") =>
    api.send(method, path, "credentials" in request ? request : { token, ...request });
  return {
    hub,
    token,
    send,
    items: async (path: string, request: ApiRequest = {}) => {
      const { status, json } = await send(path, request);
      assert.equal(status, 200, path);
      return json["items"] as Record<string, unknown>[];
    },
    async write(...lines: NewOperation[]): Promise<void> {
      await core.timeline.flush();
      await core.database.write("writeTimeline", { lines, updates: [], process: "test", nowMs: Date.now() });
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

function line(kind: NewOperation["kind"], more: Partial<NewOperation> = {}): NewOperation {
  return { kind, status: "succeeded", startedAtMs: 5, endedAtMs: 6, actor: HUB, summary: kind, ...more };
}

const NAS = { kind: "account", name: "nas", login: "nas.cellar" } as const;
const FROM = { account: "nas", actor: NAS, address: "198.51.100.7", client: "restic/0.19", door: "restic" };

test("the timeline is listed with all that is known of a line, filtered, page by page", async () => {
  await using it = await start();
  await it.write(
    line("backup.arrived", { ...FROM, repository: "/nas/a/", details: { addedBytes: 7 } }),
    line("backup.arrived", { ...FROM, repository: "/nas/b/", status: "running", endedAtMs: undefined }),
    line("cleanup.run", { repository: "/nas/", actor: { kind: "token", name: "ci" } }),
  );
  const [cleanup, running, backup] = await it.items("/operations?limit=3");
  assert.partialDeepStrictEqual(backup, {
    kind: "backup.arrived",
    startedAt: "1970-01-01T00:00:00.005Z",
    endedAt: "1970-01-01T00:00:00.006Z",
    actor: { kind: "account", name: "nas", login: "nas.cellar" },
    account: "nas",
    repository: "/nas/a/",
    door: "restic",
    address: "198.51.100.7",
    client: "restic/0.19",
    details: { addedBytes: 7 },
  });
  assert.equal(running?.["endedAt"], null);
  assert.deepEqual((await it.send(`/operations/${backup?.["id"]}`)).json, backup);
  for (const id of ["0", "999999", "x", "-1", "1e3", "9".repeat(30)]) assert.equal((await it.send(`/operations/${id}`)).status, 404, id);

  const kinds = async (query: string) => (await it.items(`/operations?${query}`)).map(({ id }) => id);
  const [c, r, b] = [cleanup?.["id"], running?.["id"], backup?.["id"]];
  assert.deepEqual(await kinds("kind=backup.arrived"), [r, b]);
  assert.deepEqual(await kinds("kind=backup.arrived&kind=cleanup.run&below=nas"), [c, r, b]);
  assert.deepEqual(await kinds("path=/nas/"), [c]);
  assert.deepEqual(await kinds("below=/nas/b"), [r]);
  assert.deepEqual(await kinds("status=running"), [r]);
  assert.deepEqual(await kinds("actor=ci"), [c]);
  assert.deepEqual(await kinds("actorKind=account&door=restic&account=nas"), [r, b]);
  assert.deepEqual(await kinds("until=2020-01-01T00:00:00Z"), []);
  assert.ok((await kinds("since=2020-01-01T00:00:00Z")).length > 3);

  const whole = await it.items("/operations");
  const paged: unknown[] = [];
  for (let cursor = ""; ; ) {
    const { json } = await it.send(`/operations?limit=2${cursor}`);
    paged.push(...(json["items"] as unknown[]));
    if (json["next"] === null) break;
    cursor = `&cursor=${String(json["next"])}`;
  }
  assert.deepEqual(paged, whole);
  for (const wrong of ["kind=x", "since=yesterday", "cursor=x", "cursor=WyJ4Il0", "path=data", "limit=0", "who=me"]) {
    const { status, json } = await it.send(`/operations?${wrong}`);
    assert.deepEqual([status, (json["errors"] as { parameter: string }[])[0]?.parameter], [400, wrong.split("=")[0]], wrong);
  }
});

test("an account sees what is about itself and what happens where it has a role, and of others neither login nor address", async () => {
  await using it = await start();
  const credentials = await it.hub.addAccount("pi");
  await it.hub.grant("pi", "/shared/", "read");
  const before = (await it.items("/operations", { credentials }))
    .filter(({ kind }) => kind !== "signin.succeeded")
    .map(({ summary }) => summary);
  assert.deepEqual(before, ["Account pi got the role read on /shared/", "Account pi was made"]);
  const shared = { ...FROM, repository: "/shared/x/" };
  const ci = { kind: "token", name: "ci" } as const;
  await it.write(
    line("backup.arrived", { ...shared, summary: "seen" }),
    line("backup.arrived", { ...FROM, repository: "/shared-2/", summary: "elsewhere" }),
    line("request.refused", { ...shared, summary: "refused" }),
    line("signin.succeeded", { ...FROM, summary: "signed in" }),
    line("settings.changed", { ...shared, actor: ci, summary: "a grant of nas" }),
    line("settings.changed", { repository: "/shared/", actor: ci, summary: "a hold" }),
    line("settings.changed", { repository: "/", actor: OPERATOR, summary: "a hold on everything" }),
    line("cleanup.opened", { ...shared, summary: "a window of nas.cellar" }),
    line("signin.failed", { account: "pi", actor: { kind: "stranger", login: "pi" }, address: "203.0.113.9", summary: "own" }),
    line("hub.started", { summary: "the hub" }),
    line("trash.emptied", { summary: "the trash" }),
  );
  const notSignIn = ({ kind }: Record<string, unknown>) => kind !== "signin.succeeded";
  const seen = (await it.items("/operations", { credentials })).filter(notSignIn).slice(0, -before.length);
  assert.deepEqual(
    seen.map(({ summary }) => summary),
    ["own", "a hold", "seen"],
  );
  const [own, hold, backup] = seen;
  assert.deepEqual([own?.["address"], own?.["actor"]], ["203.0.113.9", { kind: "stranger", name: null, login: "pi" }]);
  assert.deepEqual(hold?.["actor"], { kind: "token", name: null, login: null });
  assert.deepEqual([backup?.["account"], backup?.["actor"]], ["nas", { kind: "account", name: "nas", login: null }]);
  assert.deepEqual([backup?.["address"], backup?.["client"]], [null, null]);

  // Nothing else is there for it: not by number, and not by asking for a name.
  for (const { id, summary } of (await it.items("/operations")).filter(({ account }) => account !== "pi")) {
    const isThere = ["a hold", "seen"].includes(String(summary));
    assert.equal((await it.send(`/operations/${id}`, { credentials })).status, isThere ? 200 : 404, String(summary));
  }
  for (const query of [
    "actor=ci",
    "actor=ci&actorKind=token",
    "account=nas&kind=signin.succeeded",
    "path=/shared-2/",
    "kind=hub.started",
  ]) {
    assert.deepEqual((await it.send(`/operations?${query}`, { credentials })).json, { items: [], next: null }, query);
  }
  assert.equal((await it.items("/operations?account=nas", { credentials })).length, 1);
  const page = (await it.send("/operations?limit=2", { credentials })).json;
  assert.equal((page["items"] as unknown[]).length, 2, "no gap for what others did");
});

test("no line has a password, a token or a hash of one, whatever was made, changed and refused", async () => {
  await using it = await start();
  const secrets = [it.hub.credentials.secret, it.token];
  const post = async (path: string, json: object) => {
    const made = await it.send(path, { json }, "POST");
    secrets.push(String(made.json["password"]));
    return made;
  };
  await post("/accounts", { name: "pi" });
  await post("/accounts", { name: "own", password: "chosen-by-a-person" });
  await post("/accounts/pi/credentials", { word: "two", label: "a label", addresses: ["192.0.2.1"] });
  await post("/accounts/pi/credentials/pi/rotate", { overlapSeconds: 60 });
  secrets.push((await addToken(it.hub.hub.core, OPERATOR, { name: "second", scopes: ["read"] })).secret);
  const { bytes } = randomObject(200);
  await it.hub.send("POST", "/laptop/config", { body: bytes });
  for (const [login, secret] of [
    ["laptop", "wrong-and-secret"],
    ["pi", "wrong-and-secret"],
    ["nobody", "wrong-and-secret"],
  ] as const) {
    await it.hub.send("GET", "/laptop/config", { credentials: { login, secret } });
  }
  await it.send("/whoami", { token: "hf_wrongwrongwrongwrongwrongwro" });
  await it.hub.send("DELETE", "/laptop/config");
  const told = ["Login pi.two was made", "repository.created", "Failed sign-in as nobody", "(API token)", "Refused DELETE config"];
  let text = "";
  for (const endMs = performance.now() + 10_000; !told.every((one) => text.includes(one)); await sleep(100)) {
    assert.ok(performance.now() < endMs, text);
    text = JSON.stringify(await it.items("/operations?limit=1000"));
  }
  for (const secret of [...secrets, "wrong-and-secret", "chosen-by-a-person", "hf_", "$argon2"]) {
    assert.ok(secret.length > 2 && secret !== "undefined" && !text.includes(secret), secret);
  }
});
