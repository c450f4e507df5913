import assert from "node:assert/strict";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findCredentialByLogin } from "#db/credentials.ts";
import { rotateCredential } from "#domain/access/rotate-credential.ts";
import { carryOutImport } from "#domain/imports/carry-out-import.ts";
import { forgetTree } from "#domain/imports/forget-tree.ts";
import { planImport } from "#domain/imports/plan-import.ts";
import { addHold } from "#domain/removal/add-hold.ts";
import { removeHold } from "#domain/removal/remove-hold.ts";
import { restoreTrash } from "#domain/removal/restore-trash.ts";
import { OPERATOR } from "#model/actor.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";

const SIGNAL = new AbortController().signal;
const BCRYPT = "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"; // of "correct horse"
const ALICE = { login: "alice", secret: "correct horse" };

interface Imported extends AsyncDisposable {
  readonly door: DoorHub;
  readonly folder: string;
  hashOf(login: string): Promise<string | undefined>;
}

/** A running hub that has adopted a rest-server's folder with alice's repository in it and alice as its one user. */
async function imported({ htpasswd = `alice:${BCRYPT}\n`, ...flags }: Partial<Parameters<typeof planImport>[2]> = {}): Promise<Imported> {
  const folder = await mkdtemp(join(tmpdir(), "rest-server-"));
  mkdirSync(join(folder, "alice", "keys"), { recursive: true });
  for (const [name, text] of Object.entries({
    "alice/config": "config of alice",
    ".htpasswd": htpasswd,
    private_key: "private",
    public_key: "public",
  })) {
    writeFileSync(join(folder, name), text);
  }
  const door = await startDoorHub();
  const core = door.hub.core;
  const input = { folder, htpasswd, privateRepos: true, appendOnly: false, maxSizeBytes: undefined, updatePasswords: false };
  const plan = await planImport(core, core.limits, { ...input, at: "/restic/", dataFolder: door.data, ...flags }, SIGNAL);
  await carryOutImport(core, OPERATOR, plan, SIGNAL);
  return {
    door,
    folder,
    hashOf: async (login) => (await findCredentialByLogin(core.database.read, login))?.credential.secretHash,
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + 5000; performance.now() < endMs; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail("it did not come to be");
}

test("an adopted folder is served by a running hub with the next request, uploads go into it, and given back it is not", async () => {
  await using it = await imported();
  const config = await it.door.send("GET", "/alice/config", { credentials: ALICE });
  assert.deepEqual([config.status, config.body.toString()], [200, "config of alice"]);
  assert.equal((await it.door.send("POST", "/alice/laptop/?create=true", { credentials: ALICE })).status, 200);
  assert.equal((await it.door.send("POST", "/alice/laptop/config", { credentials: ALICE, body: "new" })).status, 200);
  assert.equal(readFileSync(join(it.folder, "alice", "laptop", "config"), "utf8"), "new");
  assert.ok(!existsSync(it.door.tree));

  await forgetTree(it.door.hub.core, OPERATOR, { at: "/restic/" });
  assert.equal((await it.door.send("GET", "/alice/config", { credentials: ALICE })).status, 404);
  assert.ok(existsSync(join(it.folder, "alice", "config")));
});

test("an import tells the timeline what was adopted, and each account and part of it who made it", async () => {
  await using it = await imported();
  await it.door.hub.core.timeline.flush();
  const lines = await it.door.hub.core.database.read
    .selectFrom("operation")
    .select(["kind", "summary", "actorKind"])
    .orderBy("id")
    .execute();
  const about = lines.filter(({ summary }) => summary.includes(it.folder) || summary.includes("alice"));
  assert.deepEqual(
    about.map(({ kind, summary, actorKind }) => [kind, summary.replace(it.folder, "DIR"), actorKind]),
    [
      ["settings.changed", "/restic/ is kept in DIR", "operator"],
      ["settings.changed", "Account alice was made", "operator"],
      ["repository.created", "Repository /alice/ was seen for the first time", "operator"],
      ["import.done", "DIR was adopted as /restic/; repositories: 1, new accounts: 1", "operator"],
    ],
  );
});

test("RS-12, 3.2: with an imported $2y$ hash a right password is accepted and a wrong one refused, ten times in turn", async () => {
  await using it = await imported();
  for (let round = 0; round < 10; round += 1) {
    assert.equal((await it.door.send("GET", "/alice/config", { credentials: ALICE })).status, 200);
    const wrong = await it.door.send("GET", "/alice/config", { credentials: { login: "alice", secret: "correct mule" } });
    assert.equal(wrong.status, 401);
  }
});

test("3.2: an imported hash signs in and is kept as argon2id from the first right sign-in on, and never from a wrong one", async () => {
  const sha = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";
  await using it = await imported({ htpasswd: `alice:${BCRYPT}\nbob:${sha}\n` });
  const bob = { login: "bob", secret: "password" };
  assert.equal((await it.door.send("GET", "/bob/config", { credentials: { ...bob, secret: "passwort" } })).status, 401);
  assert.equal(await it.hashOf("bob"), sha);
  assert.equal((await it.door.send("GET", "/bob/config", { credentials: bob })).status, 404);
  await until(async () => (await it.hashOf("bob"))?.startsWith("$argon2id$") === true);
  assert.equal((await it.door.send("GET", "/bob/config", { credentials: bob })).status, 404);
  assert.equal((await it.door.send("GET", "/bob/config", { credentials: { ...bob, secret: "passwort" } })).status, 401);
  assert.equal(await it.hashOf("alice"), BCRYPT);
});

test("a password that is rotated while an imported one is being kept anew stays the rotated one", async () => {
  await using it = await imported();
  for (let round = 0; round < 5; round += 1) {
    const signedIn = it.door.send("GET", "/alice/config", { credentials: ALICE });
    await new Promise((resolve) => setTimeout(resolve, round * 40));
    const fresh = await rotateCredential(it.door.hub.core, OPERATOR, { login: "alice" });
    await signedIn;
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await it.door.send("GET", "/alice/config", { credentials: fresh })).status, 200);
    assert.equal((await it.door.send("GET", "/alice/config", { credentials: ALICE })).status, 401);
    await it.door.hub.core.database.write("replaceCredentialSecret", { login: "alice", secretHash: BCRYPT, nowMs: 1, by: OPERATOR });
  }
});

test("--private-repos: each user has its own folder and no other; --append-only: it removes nothing there but locks", async () => {
  await using it = await imported({ htpasswd: `alice:${BCRYPT}\nbob:${BCRYPT}\n`, appendOnly: true });
  const bob = { ...ALICE, login: "bob" };
  assert.equal((await it.door.send("GET", "/alice/config", { credentials: bob })).status, 403);
  assert.equal((await it.door.send("DELETE", "/alice/config", { credentials: ALICE })).status, 403);
  assert.equal((await it.door.send("GET", "/alice/config", { credentials: ALICE })).status, 200);
});

test("without --private-repos every user sees everything, and removes it without --append-only", async () => {
  await using it = await imported({ htpasswd: `alice:${BCRYPT}\nbob:${BCRYPT}\n`, privateRepos: false });
  const bob = { ...ALICE, login: "bob" };
  assert.equal((await it.door.send("GET", "/alice/config", { credentials: bob })).status, 200);
  assert.equal((await it.door.send("DELETE", "/alice/config", { credentials: bob })).status, 200);
  assert.ok(!existsSync(join(it.folder, "alice", "config")));
});

test("what rest-server keeps beside the repositories is never served, replaced or removed", async () => {
  await using it = await imported({ privateRepos: false });
  for (const name of [".htpasswd", "private_key", "public_key", "%2ehtpasswd", "alice/../.htpasswd", "%2e%2e/.htpasswd", ".htpasswd%00"]) {
    for (const target of [`/${name}`, `/${name}/`, `/${name}/config`, `/${name}/?create=true`, `//${name}`]) {
      for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE"]) {
        const reply = await it.door.send(method, target, { credentials: ALICE, body: method === "POST" ? "mine" : "" });
        const isRefused = (reply.status >= 400 && reply.status < 500) || reply.status === 501; // 501: DELETE of a repository
        assert.ok(isRefused || (method === "DELETE" && target.endsWith("/config")), `${method} ${target}: ${reply.status}`);
        assert.ok(!/private|public\b|\$2y\$/.test(reply.body.toString().replaceAll("Not Implemented", "")), `${method} ${target}`);
      }
    }
  }
  assert.equal(readFileSync(join(it.folder, ".htpasswd"), "utf8"), `alice:${BCRYPT}\n`);
  assert.equal(readFileSync(join(it.folder, "private_key"), "utf8"), "private");
  assert.equal(readFileSync(join(it.folder, "public_key"), "utf8"), "public");
});

test("while the disk of an adopted folder is away everything in it is 503 with a sentence, nothing is made, and it comes back", async () => {
  await using it = await imported();
  assert.equal((await it.door.send("GET", "/alice/config", { credentials: ALICE })).status, 200);
  renameSync(it.folder, `${it.folder}-away`);
  for (const [method, target] of [
    ["GET", "/alice/config"],
    ["HEAD", "/alice/config"],
    ["GET", "/alice/keys/"],
    ["POST", "/alice/?create=true"],
    ["POST", "/alice/config"],
    ["POST", "/alice/new/?create=true"],
    ["DELETE", `/alice/keys/${"ab".repeat(32)}`],
  ] as const) {
    const reply = await it.door.send(method, target, { credentials: ALICE, ...(method === "POST" ? { body: "" } : {}) });
    assert.deepEqual([method, target, reply.status], [method, target, 503]);
    assert.match(reply.reason, /may not be mounted/);
  }
  assert.ok(!existsSync(it.folder));
  renameSync(`${it.folder}-away`, it.folder);
  assert.equal((await it.door.send("GET", "/alice/config", { credentials: ALICE })).status, 200);
});

test("an adopted folder is not given back while a hold covers any of it, and is when the hold is over or lifted", async () => {
  await using it = await imported();
  const { core } = it.door.hub;
  const forget = () => forgetTree(core, OPERATOR, { at: "/restic/" });
  const change = { reason: "audit", by: OPERATOR, nowMs: 1 };
  await core.database.write("addHold", { path: "/alice/", term: { kind: "fixed", untilMs: 2 }, ...change }); // over
  const untilMs = core.clock() + 3_600_000;
  for (const [path, term] of [
    ["alice", { kind: "fixed", untilMs }],
    ["/", { kind: "rolling", minAgeMs: 1 }],
  ] as const) {
    const hold = await addHold(core, OPERATOR, { path, term, reason: "audit" });
    await assert.rejects(forget(), { code: "forbidden", message: `Hold ${hold.id} covers something there; it has to be lifted first` });
    assert.equal((await it.door.send("GET", "/alice/config", { credentials: ALICE })).status, 200);
    await removeHold(core, OPERATOR, { id: hold.id });
  }
  await forget();
  assert.equal((await it.door.send("GET", "/alice/config", { credentials: ALICE })).status, 404);
});

test("what is removed in an adopted folder lies in that folder's own trash, nothing of it in the hub's, and it comes back", async () => {
  await using it = await imported();
  const { id, bytes } = randomObject(500);
  const target = `/alice/data/${id}`;
  assert.equal((await it.door.send("POST", target, { credentials: ALICE, body: bytes })).status, 200);
  assert.equal((await it.door.send("DELETE", target, { credentials: ALICE })).status, 200);
  assert.equal((await it.door.send("GET", target, { credentials: ALICE })).status, 404);
  const [trashed, ...others] = globSync(`.hub-trash/**/${id}`, { cwd: it.folder });
  assert.match(trashed ?? "", new RegExp(`^\\.hub-trash/\\d{4}-\\d\\d-\\d\\dT\\d\\d/restic/alice/data/${id.slice(0, 2)}/${id}$`));
  assert.deepEqual(others, []);
  assert.deepEqual(readFileSync(join(it.folder, trashed ?? "")), bytes);
  assert.deepEqual(globSync(`files/**/${id}`, { cwd: it.door.data }), []);
  assert.ok(!existsSync(join(it.door.data, "files", ".hub-trash")));

  const { objects } = await restoreTrash(it.door.hub.core, OPERATOR, { path: target }, SIGNAL);
  assert.equal(objects, 1);
  assert.deepEqual((await it.door.send("GET", target, { credentials: ALICE })).body, bytes);
  assert.deepEqual(globSync(`.hub-trash/**/${id}`, { cwd: it.folder }), []);
});
