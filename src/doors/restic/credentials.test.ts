import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { Agent, request } from "node:https";
import { test } from "node:test";
import { loadConfig } from "#config.ts";
import { addCredential } from "#domain/access/add-credential.ts";
import { disableCredential, enableCredential } from "#domain/access/disable-credential.ts";
import { removeCredential } from "#domain/access/remove-credential.ts";
import { rotateCredential } from "#domain/access/rotate-credential.ts";
import { setCredential } from "#domain/access/set-credential.ts";
import { openCore } from "#hub.ts";
import { openLog } from "#lib/log.ts";
import { OPERATOR } from "#model/actor.ts";
import { certificateAuthority, type SignedCertificate } from "../../../test/support/certificate-authority.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";
import { selfSigned, withoutOpenssl } from "../../../test/support/self-signed.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";

type Login = { readonly login: string; readonly secret: string };

async function addLogin(door: DoorHub, word: string): Promise<Login> {
  const { login, secret = "" } = await addCredential(door.hub.core, OPERATOR, { accountName: "laptop", word });
  return { login, secret };
}

async function look(door: DoorHub, credentials: Login): Promise<string> {
  const { status, reason } = await door.send("GET", "/laptop/config", { credentials });
  return `${status} ${reason}`;
}

test("each host of an account signs in with its own login, and ending one leaves the others in", async () => {
  await using door = await startDoorHub();
  const nas = await addLogin(door, "nas");
  const pi = await addLogin(door, "pi");
  await door.send("POST", "/laptop/config", { body: "ours" });
  for (const login of [nas, pi]) assert.equal(await look(door, login), "200 OK");
  await disableCredential(door.hub.core, OPERATOR, { login: nas.login });
  assert.equal(await look(door, nas), "403 This login is disabled");
  assert.equal(await look(door, { ...nas, secret: "a guess" }), "401 Wrong user name or password");
  assert.equal(await look(door, pi), "200 OK");
  await enableCredential(door.hub.core, OPERATOR, { login: nas.login });
  assert.equal(await look(door, nas), "200 OK");
  await removeCredential(door.hub.core, OPERATOR, { login: nas.login });
  assert.equal(await look(door, nas), "401 Wrong user name or password");
  assert.equal(await look(door, door.credentials), "200 OK");
});

test("a login that is capped has no more than that role, whatever its account was granted, and no more than its account where that has less", async () => {
  await using door = await startDoorHub();
  const nas = await addLogin(door, "nas");
  const keeper = await door.addAccount("keeper");
  await door.grant("keeper", "/shared/", "maintain");
  await door.send("POST", "/shared/config", { credentials: keeper, body: "x" });
  await door.grant("laptop", "/shared/", "read");
  const [first, second, third] = [randomObject(10), randomObject(10), randomObject(10)];
  const post = async (path: string, object: typeof first) =>
    (await door.send("POST", `${path}snapshots/${object.id}`, { credentials: nas, body: object.bytes })).status;
  const remove = async (object: typeof first) => (await door.send("DELETE", `/laptop/snapshots/${object.id}`, { credentials: nas })).status;
  await door.send("POST", "/laptop/config", { body: "x" });
  assert.equal(await post("/laptop/", first), 200);
  await setCredential(door.hub.core, OPERATOR, { login: nas.login, mostRole: "backup" });
  assert.deepEqual([await post("/laptop/", second), await remove(first)], [200, 403]);
  await setCredential(door.hub.core, OPERATOR, { login: nas.login, mostRole: "read" });
  assert.deepEqual([await post("/laptop/", third), await look(door, nas)], [403, "200 OK"]);
  await setCredential(door.hub.core, OPERATOR, { login: nas.login, mostRole: "admin" });
  assert.deepEqual([await post("/shared/", third), await remove(first)], [403, 200]);
});

test("a login is bound to addresses and a time, with the next request, also when another process says so", async () => {
  await using door = await startDoorHub();
  const nas = await addLogin(door, "nas");
  assert.match(await look(door, nas), /^404/);
  const config = loadConfig({ flags: { data: door.data }, environment: {}, workingDirectory: door.data });
  await using other = await openCore(
    config,
    openLog(config.log, () => undefined),
    { brief: true },
  );
  await setCredential(other, OPERATOR, { login: nas.login, addresses: ["192.0.2.0/24", "unix"] });
  assert.equal(await look(door, nas), "403 This login may not be used from here");
  assert.equal(await look(door, { ...nas, secret: "a guess" }), "401 Wrong user name or password");
  await setCredential(other, OPERATOR, { login: nas.login, addresses: ["127.0.0.0/8"], expiresAtMs: Date.now() + 200 });
  assert.match(await look(door, nas), /^404/);
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(await look(door, nas), "403 This login has expired");
  await setCredential(other, OPERATOR, { login: nas.login, expiresAtMs: null });
  const fresh = await rotateCredential(other, OPERATOR, { login: nas.login, overlapMs: 60_000 });
  assert.match(await look(door, nas), /^404/);
  assert.match(await look(door, fresh), /^404/);
});

test("a login that is disabled while its upload is under way may end that, and begins no other", async () => {
  await using door = await startDoorHub();
  const nas = await addLogin(door, "nas");
  const stalled = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  async function* slow() {
    yield Buffer.from("half");
    begun.resolve();
    await stalled.promise;
    yield Buffer.from(" and half");
  }
  const upload = door.send("POST", "/laptop/config", { credentials: nas, body: slow() });
  await begun.promise;
  await new Promise((resolve) => setTimeout(resolve, 50));
  await disableCredential(door.hub.core, OPERATOR, { login: nas.login });
  assert.equal(await look(door, nas), "403 This login is disabled");
  stalled.resolve();
  assert.equal((await upload).status, 200);
  assert.equal((await door.send("GET", "/laptop/config")).body.toString(), "half and half");
});

test("RS-11: a login that a proxy vouches for is bound like any other, by the address that the proxy names", async () => {
  await using door = await startDoorHub({ flags: { "proxy.peers": "127.0.0.1", "proxy.userHeader": "X-Remote-User" } });
  const { login } = await addLogin(door, "nas");
  await setCredential(door.hub.core, OPERATOR, { login, addresses: ["192.0.2.0/24"] });
  const ask = async (address: string) => {
    const headers = { "x-remote-user": login, "x-forwarded-for": address };
    return (await door.send("GET", "/laptop/config", { credentials: undefined, headers })).status;
  };
  assert.deepEqual([await ask("192.0.2.9"), await ask("198.51.100.1")], [404, 403]);
});

test("who signs in stands in the timeline with door, address and program, and so does who does not", async () => {
  await using door = await startDoorHub({ flags: { "limits.signInNotesMs": "20", "limits.timelineDelayMs": "10" } });
  const headers = { "user-agent": "restic/0.19.1" };
  for (let round = 0; round < 3; round += 1) await door.send("GET", "/laptop/config", { headers });
  await door.send("GET", "/laptop/config", { credentials: { login: "nobody", secret: "xyzzy" }, headers });
  await door.send("GET", "/laptop/config", { credentials: undefined, headers: { authorization: "Basic Og==" } });
  const lines = async () =>
    await door.hub.core.database.read
      .selectFrom("operation")
      .selectAll()
      .where("kind", "in", ["signin.succeeded", "signin.failed"])
      .orderBy("kind")
      .execute();
  for (let tries = 0; (await lines()).length < 2; tries += 1) {
    assert.ok(tries < 500, "they are not written");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const [failed, succeeded, more] = await lines();
  assert.deepEqual(
    [failed?.actorKind, failed?.actorLogin, failed?.address, failed?.client, failed?.door],
    ["stranger", "nobody", "127.0.0.1", "restic/0.19.1", "restic"],
  );
  assert.deepEqual([succeeded?.actorName, succeeded?.account, succeeded?.client], ["laptop", "laptop", "restic/0.19.1"]);
  assert.equal(more, undefined);
  assert.doesNotMatch(JSON.stringify([failed, succeeded]), /xyzzy/);
});

const skip = withoutOpenssl();

test("5#8: a client certificate signs in as the login that is marked for it, over both versions of HTTP, and is bound like a password", {
  skip,
}, async () => {
  await using it = await startCertifiedHub("request");
  const { door } = it;
  const laptop = await it.ca.sign({ file: "laptop", subject: "/CN=laptop" });
  const nas = await it.ca.sign({ file: "nas", subject: "/CN=x", alternative: "DNS:nas.lan" });
  // The certificate's name is that of an account, and for all that nobody's until somebody says so.
  assert.deepEqual(await it.ask(laptop), [401, 401]);
  assert.deepEqual(await it.ask(undefined), [401, 401]);
  const { core } = door.hub;
  const { login } = await addCredential(core, OPERATOR, { accountName: "laptop", certificateName: "laptop" });
  assert.deepEqual(await it.ask(laptop), [404, 404]);
  assert.deepEqual(await it.ask(nas), [401, 401]);
  assert.deepEqual(await it.ask(await it.stranger.sign({ file: "foreign", subject: "/CN=laptop" })), [401, 401]);
  // A password that comes beside it decides.
  assert.deepEqual(await it.ask(laptop, "laptop:wrong password"), [401, 401]);
  assert.deepEqual(await it.ask(nas, `laptop:${door.credentials.secret}`), [404, 404]);
  assert.deepEqual(await it.ask(laptop, ":"), [404, 404], "0#10: an empty login is none");

  await setCredential(core, OPERATOR, { login, addresses: ["192.0.2.1"] });
  assert.deepEqual(await it.ask(laptop), [403, 403]);
  await setCredential(core, OPERATOR, { login, addresses: [], expiresAtMs: Date.now() + 60_000 });
  assert.deepEqual(await it.ask(laptop), [404, 404]);
  await disableCredential(core, OPERATOR, { login });
  assert.deepEqual(await it.ask(laptop), [403, 403]);
  await removeCredential(core, OPERATOR, { login });
  assert.deepEqual(await it.ask(laptop), [401, 401]);
});

test("5#8: where a certificate is required, a password alone does not even connect", { skip }, async () => {
  await using it = await startCertifiedHub("require");
  const laptop = await it.ca.sign({ file: "laptop", subject: "/CN=laptop" });
  const password = `laptop:${it.door.credentials.secret}`;
  await assert.rejects(it.ask(undefined, password));
  assert.deepEqual(await it.ask(laptop, password), [404, 404]);
  assert.deepEqual(await it.ask(laptop), [401, 401]);
});

async function startCertifiedHub(mode: "request" | "require") {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder()).path;
  const ca = await certificateAuthority(folder);
  const stranger = await certificateAuthority(folder, "stranger");
  const { cert, key } = await selfSigned(folder);
  const flags = { "tls.restic.enabled": "true", "tls.restic.cert": cert, "tls.restic.key": key };
  const clients = { "tls.restic.clientCa": ca.cert, "tls.restic.clientCertificate": mode };
  const door = stack.use(await startDoorHub({ flags: { ...flags, ...clients } }));
  const owned = stack.move();

  /** Status over HTTP/1.1 and over HTTP/2. */
  const ask = async (shown: SignedCertificate | undefined, basic?: string): Promise<number[]> => {
    const files = shown === undefined ? {} : { cert: await readFile(shown.cert), key: await readFile(shown.key) };
    const headers = basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString("base64")}` };
    const outgoing = request(`${door.url}/laptop/config`, { agent: new Agent(), rejectUnauthorized: false, headers, ...files });
    outgoing.end();
    const [reply] = await once(outgoing, "response");
    await reply.toArray();
    const session = connectHttp2(door.url, { rejectUnauthorized: false, ...files });
    const stream = session.request({ ":path": "/laptop/config", ...headers });
    const [head] = await once(stream, "response");
    await stream.toArray();
    session.close();
    return [reply.statusCode, head[":status"]];
  };
  return { door, ca, stranger, ask, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
