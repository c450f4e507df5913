import assert from "node:assert/strict";
import { test } from "node:test";
import { disableAccount, enableAccount } from "#domain/access/disable-account.ts";
import { removeAccount } from "#domain/access/remove-account.ts";
import { removeGrant } from "#domain/access/remove-grant.ts";
import { rotateCredential } from "#domain/access/rotate-credential.ts";
import { OPERATOR } from "#model/actor.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { httpRequest, randomObject } from "../../../test/support/http-request.ts";

const REALM = 'Basic realm="Holdfast", charset="UTF-8"';

test("1.2, 0#10: no credentials, empty ones, malformed ones and wrong ones are 401 with a challenge", async () => {
  await using door = await startDoorHub();
  const headers = [
    {},
    { authorization: "Basic Og==" },
    { authorization: "Basic" },
    { authorization: "Basic !!!" },
    { authorization: "Bearer x" },
    { authorization: `Basic ${Buffer.from("no colon").toString("base64")}` },
    { authorization: `Basic ${Buffer.from("laptop:wrong").toString("base64")}` },
    { authorization: `Basic ${Buffer.from("laptop:").toString("base64")}` },
    { authorization: `Basic ${Buffer.from("nobody:x").toString("base64")}` },
  ];
  for (const one of headers) {
    for (const target of ["/laptop/config", "/", "/unknown/form/data/x"]) {
      const reply = await door.send("GET", target, { credentials: undefined, headers: one });
      assert.deepEqual([reply.status, reply.headers["www-authenticate"]], [401, REALM], JSON.stringify(one));
    }
  }
});

test("0#10: an empty login is nobody and never counts as a failed sign-in", async () => {
  await using door = await startDoorHub({ flags: { "limits.failuresPerWindow": "2" } });
  for (let round = 0; round < 5; round += 1) {
    await door.send("GET", "/laptop/config", { credentials: undefined, headers: { authorization: "Basic Og==" } });
  }
  assert.equal((await door.send("GET", "/laptop/config")).status, 404);
});

test("RS-12: a right password is accepted and a wrong one refused, ten times in turn", async () => {
  await using door = await startDoorHub();
  const wrong = { ...door.credentials, secret: "wrong password" };
  for (let round = 0; round < 10; round += 1) {
    assert.equal((await door.send("GET", "/laptop/config")).status, 404);
    assert.equal((await door.send("GET", "/laptop/config", { credentials: wrong })).status, 401);
  }
});

test("7.1: too many failures are refused unseen, the right password of a new place too; a machine that was in stays in", async () => {
  await using door = await startDoorHub({ flags: { "limits.failuresPerWindow": "3" } });
  const nas = await door.addAccount("nas");
  assert.equal((await door.send("GET", "/laptop/config")).status, 404);
  for (let round = 0; round < 3; round += 1) {
    const reply = await door.send("GET", "/nas/config", { credentials: { login: "nas", secret: "guess" } });
    assert.equal(reply.status, 401);
  }
  const refused = await door.send("GET", "/nas/config", { credentials: nas });
  assert.deepEqual([refused.status, refused.reason], [401, "Too many failed sign-ins; wait ten minutes and try again"]);
  assert.equal((await door.send("GET", "/laptop/config")).status, 404);
});

test("7.1: an unknown login takes as long to refuse as a wrong password", async () => {
  await using door = await startDoorHub({ flags: { "limits.failuresPerWindow": "1000" } });
  const time = async (login: string) => {
    const times = [];
    for (let round = 0; round < 9; round += 1) {
      const start = performance.now();
      await door.send("GET", "/laptop/config", { credentials: { login, secret: `wrong${round}` } });
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[4] ?? 0;
  };
  await time("laptop");
  const known = await time("laptop");
  const unknown = await time("nobody");
  // Without a hash for the unknown the ratio is about 20; a busy machine moves it by far less.
  assert.ok(unknown / known > 1 / 3 && unknown / known < 3, `${unknown} ms for an unknown login, ${known} ms for a known one`);
});

test("7.1: a new password works at once, and the old one stops at once", async () => {
  await using door = await startDoorHub();
  assert.equal((await door.send("GET", "/laptop/config")).status, 404);
  const fresh = await rotateCredential(door.hub.core, OPERATOR, { login: "laptop" });
  assert.equal((await door.send("GET", "/laptop/config")).status, 401);
  assert.equal((await door.send("GET", "/laptop/config", { credentials: fresh })).status, 404);
});

test("a disabled account is out with its next request and told so, and back when it is enabled", async () => {
  await using door = await startDoorHub();
  assert.equal((await door.send("GET", "/laptop/config")).status, 404);
  await disableAccount(door.hub.core, OPERATOR, { name: "laptop" });
  const reply = await door.send("GET", "/laptop/config");
  assert.deepEqual([reply.status, reply.reason], [403, "This account is disabled"]);
  const guess = await door.send("GET", "/laptop/config", { credentials: { login: "laptop", secret: "guess" } });
  assert.equal(guess.status, 401);
  await enableAccount(door.hub.core, OPERATOR, { name: "laptop" });
  assert.equal((await door.send("GET", "/laptop/config")).status, 404);
});

test("a removed account is out, its bytes stay, and its name is never given out again", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/config", { body: "kept" });
  await removeAccount(door.hub.core, OPERATOR, { name: "laptop" });
  assert.equal((await door.send("GET", "/laptop/config")).status, 401);
  await assert.rejects(door.addAccount("Laptop"), { code: "already_exists" });
  const heir = await door.addAccount("heir");
  await door.grant("heir", "/laptop/", "read");
  assert.equal((await door.send("GET", "/laptop/config", { credentials: heir })).body.toString(), "kept");
});

test("1.7, rclone: another account's repository is 403 whatever the method and the spelling, and tells nothing", async () => {
  await using door = await startDoorHub();
  const alice = await door.addAccount("alice");
  await door.addAccount("bob");
  await door.send("POST", "/bob/config", { body: "bob's" });
  const seen = new Set<string>();
  for (const target of [
    "/bob/config",
    "/bob/data/",
    "/bob/",
    "/bobby/config",
    "/",
    "/config",
    "/Alice/config",
    "/alicefoo/config",
    "/data/",
  ]) {
    for (const method of ["GET", "HEAD", "POST", "DELETE"]) {
      const reply = await door.send(method, target, { credentials: alice });
      assert.equal(reply.status, 403, `${method} ${target}`);
      if (method === "GET") seen.add(reply.reason.replace(/ on .*/, ""));
    }
  }
  assert.deepEqual([...seen], ["alice has no role"]);
  for (const target of ["/alice/config", "/alice/x/config"])
    assert.equal((await door.send("GET", target, { credentials: alice })).status, 404);
  assert.equal((await door.send("GET", "/bob/config")).body.toString(), "bob's");
});

test("a repository is shared by a grant, with the granted role, until it is taken back", async () => {
  await using door = await startDoorHub();
  const alice = await door.addAccount("alice");
  await door.send("POST", "/family/config", { body: "ours" });
  await door.grant("alice", "/family", "read");
  assert.equal((await door.send("GET", "/family/config", { credentials: alice })).status, 200);
  assert.equal((await door.send("DELETE", "/family/config", { credentials: alice })).status, 403);
  await door.grant("alice", "/family/", "maintain");
  assert.equal((await door.send("DELETE", "/family/config", { credentials: alice })).status, 200);
  await removeGrant(door.hub.core, OPERATOR, { accountName: "alice", path: "family" });
  assert.equal((await door.send("GET", "/family/config", { credentials: alice })).status, 403);
});

test("7.3: more requests of one account at once than the bound are 503, and locks are not counted", async () => {
  await using door = await startDoorHub({ flags: { "limits.requestsPerAccount": "1" } });
  const stalled = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  async function* slow() {
    yield Buffer.from("half");
    begun.resolve();
    await stalled.promise;
  }
  const upload = door.send("POST", "/laptop/config", { body: slow() });
  await begun.promise;
  while ((await door.send("GET", "/laptop/keys/")).status !== 503) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal((await door.send("GET", "/laptop/locks/")).status, 404);
  const lock = randomObject(10);
  assert.equal((await door.send("POST", `/laptop/locks/${lock.id}`, { body: lock.bytes })).status, 200);
  assert.equal((await door.send("DELETE", `/laptop/locks/${lock.id}`)).status, 200);
  stalled.resolve();
  assert.equal((await upload).status, 200);
  assert.equal((await door.send("GET", "/laptop/keys/")).status, 200);
});

test("RS-11: the user a listed proxy names is that user; an empty or missing name, or an unlisted peer, is nobody", async () => {
  await using listed = await startDoorHub({ flags: { "proxy.peers": "127.0.0.1", "proxy.userHeader": "X-Remote-User" } });
  const ask = (headers: Record<string, string>) => listed.send("GET", "/laptop/config", { credentials: undefined, headers });
  assert.equal((await ask({ "x-remote-user": "laptop" })).status, 404);
  assert.equal((await ask({ "x-remote-user": "nobody" })).status, 401);
  assert.equal((await ask({ "x-remote-user": "" })).status, 401);
  // What the proxy does not say, credentials of the client's own cannot.
  for (const headers of [{}, { "x-remote-user": "" }]) assert.equal((await listed.send("GET", "/laptop/config", { headers })).status, 401);
  assert.equal((await ask({})).status, 401);

  await using unlisted = await startDoorHub({ flags: { "proxy.peers": "192.0.2.1", "proxy.userHeader": "X-Remote-User" } });
  assert.equal(
    (await unlisted.send("GET", "/laptop/config", { credentials: undefined, headers: { "x-remote-user": "laptop" } })).status,
    401,
  );
  await using off = await startDoorHub();
  assert.equal((await off.send("GET", "/laptop/config", { credentials: undefined, headers: { "x-remote-user": "laptop" } })).status, 401);
});

test("RS-11, RS-14: without authentication every request is the account that the operator named", async () => {
  await using door = await startDoorHub({ flags: { "noAuth.restic": "laptop" } });
  for (const headers of [{}, { authorization: "Basic Og==" }]) {
    assert.equal((await door.send("POST", "/laptop/config", { credentials: undefined, headers, body: "x" })).status, 200);
  }
  const wrong = await door.send("GET", "/laptop/config", { credentials: { login: "laptop", secret: "wrong" } });
  assert.equal(wrong.status, 401);
  const main = door.hub.addresses["main"] ?? "";
  assert.equal((await httpRequest(main, "GET", "/restic/laptop/config")).status, 401);
});

test("RS-14: with no account at all the hub starts and answers 401", async () => {
  await using door = await startDoorHub();
  await removeAccount(door.hub.core, OPERATOR, { name: "laptop" });
  assert.equal((await door.send("GET", "/", { credentials: undefined })).status, 401);
});

test("RS advisories 131 and 117: a login with a slash, plain or escaped, is nobody's", async () => {
  await using door = await startDoorHub();
  await assert.rejects(door.addAccount("a/b"), { code: "invalid_input" });
  await assert.rejects(door.addAccount("a%2Fb"), { code: "invalid_input" });
  for (const login of ["laptop/", "../laptop", "laptop%2F"]) {
    assert.equal((await door.send("GET", "/laptop/config", { credentials: { ...door.credentials, login } })).status, 401, login);
  }
});

test("the account that stands for requests without a login is out as soon as it is disabled", async () => {
  await using door = await startDoorHub({ flags: { "noAuth.restic": "laptop" } });
  assert.equal((await door.send("GET", "/laptop/config", { credentials: undefined })).status, 404);
  await disableAccount(door.hub.core, OPERATOR, { name: "laptop" });
  assert.equal((await door.send("GET", "/laptop/config", { credentials: undefined })).status, 403);
});
