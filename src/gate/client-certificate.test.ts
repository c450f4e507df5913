import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { Agent, request } from "node:https";
import { Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import type { Door } from "#http/exchange.ts";
import { type CertificateAuthority, certificateAuthority, type SignedCertificate } from "../../test/support/certificate-authority.ts";
import { selfSigned, withoutOpenssl } from "../../test/support/self-signed.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { Connection } from "./connection.ts";
import { openTestGate, type TestGate, type TestGateOptions } from "./open-test-gate.ts";

const skip = withoutOpenssl();

/** Answers with who the certificate says is there. */
const namingDoor: Door = async (exchange) => await exchange.reply(200, exchange.peer.certifiedName ?? "nobody");

test("a certificate that the authority has signed names its client, over HTTP/1.1 and HTTP/2", { skip }, async () => {
  await using it = await open({ required: false });
  const dns = await it.ca.sign({ file: "dns", subject: "/CN=ignored", alternative: "DNS:laptop.lan" });
  const plain = await it.ca.sign({ file: "plain", subject: "/O=x/CN=laptop" });
  assert.equal(await overHttp1(it.gate, dns), "200 laptop.lan");
  assert.equal(await overHttp2(it.gate, dns), "200 laptop.lan");
  assert.equal(await overHttp1(it.gate, plain), "200 laptop");
  assert.equal(await overHttp2(it.gate, plain), "200 laptop");
});

test("without a certificate, or with one that counts for nothing, a client is nobody, and the log says why", { skip }, async () => {
  await using it = await open({ required: false });
  const other = await certificateAuthority(it.folder, "other");
  const foreign = await other.sign({ file: "foreign", subject: "/CN=laptop" });
  const expired = await it.ca.sign({ file: "expired", subject: "/CN=laptop", days: 0 });
  const nameless = await it.ca.sign({ file: "nameless", subject: "/O=x" });
  const self = await selfSigned(it.folder, "laptop");
  await sleep(1100); // certificates count in seconds
  for (const shown of [undefined, foreign, expired, nameless, self]) {
    assert.equal(await overHttp1(it.gate, shown), "200 nobody");
    assert.equal(await overHttp2(it.gate, shown), "200 nobody");
  }
  const problems = it.gate.logged("client certificate not accepted").map((line) => String(line["problem"]));
  const expected = ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "CERT_HAS_EXPIRED", "it has no name to go by", "DEPTH_ZERO_SELF_SIGNED_CERT"];
  assert.deepEqual(
    problems,
    expected.flatMap((one) => [one, one]),
  );
});

test("where a certificate is required there is no connection without one that counts", { skip }, async () => {
  await using it = await open({ required: true });
  const other = await certificateAuthority(it.folder, "other");
  const foreign = await other.sign({ file: "foreign", subject: "/CN=laptop" });
  const right = await it.ca.sign({ file: "right", subject: "/CN=laptop" });
  for (const shown of [undefined, foreign]) {
    await assert.rejects(overHttp1(it.gate, shown));
    await assert.rejects(overHttp2(it.gate, shown));
  }
  assert.equal(await overHttp1(it.gate, right), "200 laptop");
  assert.equal(await overHttp2(it.gate, right), "200 laptop");
  const lines = await it.gate.waitForLog("client certificate not accepted", 2);
  assert.deepEqual(new Set(lines.map((line) => line["problem"])), new Set(["UNABLE_TO_VERIFY_LEAF_SIGNATURE"]));
});

test("a certificate is not asked for unless it is set, and a listed proxy's own says nothing of those behind it", { skip }, async () => {
  await using off = await open(undefined);
  const right = await off.ca.sign({ file: "right", subject: "/CN=laptop" });
  assert.equal(await overHttp1(off.gate, right), "200 nobody");
  await using proxied = await open({ required: false }, { proxy: { peers: ["127.0.0.1"], userHeader: undefined } });
  const proxy = await proxied.ca.sign({ file: "proxy", subject: "/CN=laptop" });
  assert.equal(await overHttp1(proxied.gate, proxy), "200 nobody");
});

test("an authority that is replaced counts for new connections, whether or not they come back to an old session", { skip }, async () => {
  await using it = await open({ required: false }, { limits: { certificateCheckMs: 50 } });
  const right = await it.ca.sign({ file: "right", subject: "/CN=laptop" });
  const other = await certificateAuthority(it.folder, "other");
  const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
  const resumed: boolean[] = [];
  assert.equal(await overHttp1(it.gate, right, agent, resumed), "200 laptop");
  assert.equal(await overHttp1(it.gate, right, agent, resumed), "200 laptop");
  assert.deepEqual(resumed, [false, true]);
  await copyFile(other.cert, it.ca.cert);
  await it.gate.waitForLog("certificate reloaded", 1);
  assert.equal(await overHttp1(it.gate, right, agent), "200 nobody");
  assert.equal(await overHttp1(it.gate, await other.sign({ file: "new", subject: "/CN=nas" })), "200 nas");
});

test("an authority that cannot be read is told with its file and its setting", { skip }, async () => {
  await using folder = await tempFolder();
  const { cert, key } = await selfSigned(folder.path);
  const garbage = join(folder.path, "garbage");
  await writeFile(garbage, "no certificate");
  const half = join(folder.path, "half");
  await writeFile(half, `${await readFile(cert, "utf8")}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`);
  const opened = (caPath: string) =>
    openTestGate(namingDoor, {
      tls: { certPath: cert, keyPath: key, minVersion: "TLSv1.2", clients: { caPath, required: false } },
    }).then((gate) => gate.gate.close());
  await assert.rejects(opened(join(folder.path, "missing")), /missing does not exist \(tls\.restic\.clientCa\)/);
  await assert.rejects(opened(garbage), /garbage does not hold what tls\.restic\.clientCa needs/);
  await assert.rejects(opened(half), /half does not hold what tls\.restic\.clientCa needs/);
});

test("a certificate that expires while its connection is open names nobody any more", () => {
  const certificate = { name: "laptop", validUntilMs: 100 };
  const connection = new Connection(new Socket(), { address: "192.0.2.1", surplus: false, certificate });
  assert.equal(
    connection.certifiedName(() => 99),
    "laptop",
  );
  assert.equal(
    connection.certifiedName(() => 100),
    undefined,
  );
});

interface OpenGate extends AsyncDisposable {
  readonly gate: TestGate;
  readonly ca: CertificateAuthority;
  readonly folder: string;
}

async function open(clients: { readonly required: boolean } | undefined, options: TestGateOptions = {}): Promise<OpenGate> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder()).path;
  const ca = await certificateAuthority(folder);
  const { cert, key } = await selfSigned(folder);
  const tls = { certPath: cert, keyPath: key, minVersion: "TLSv1.2" } as const;
  const asked = clients === undefined ? {} : { clients: { caPath: ca.cert, ...clients } };
  const gate = stack.use(await openTestGate(namingDoor, { ...options, tls: { ...tls, ...asked } }));
  const owned = stack.move();
  return { gate, ca, folder, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

type Shown = Pick<SignedCertificate, "cert" | "key"> | undefined;

async function filesOf(shown: Shown) {
  return shown === undefined ? {} : { cert: await readFile(shown.cert), key: await readFile(shown.key) };
}

async function overHttp1(
  gate: TestGate,
  shown: Shown,
  agent = new Agent({ keepAlive: false, maxCachedSessions: 0 }),
  resumed: boolean[] = [],
): Promise<string> {
  const outgoing = request(gate.url, { agent, rejectUnauthorized: false, ...(await filesOf(shown)) });
  outgoing.end();
  const [reply] = await once(outgoing, "response");
  resumed.push((outgoing.socket as TLSSocket).isSessionReused()); // an https request has one
  return `${reply.statusCode} ${Buffer.concat(await reply.toArray())}`;
}

async function overHttp2(gate: TestGate, shown: Shown): Promise<string> {
  const session = connectHttp2(gate.url, { rejectUnauthorized: false, ...(await filesOf(shown)) });
  try {
    const broken = once(session, "close").then(() => {
      throw new Error("the session ended");
    });
    const stream = session.request({ ":path": "/" });
    session.on("error", () => undefined);
    stream.on("error", () => undefined);
    const answer = async () => {
      const [headers] = await once(stream, "response");
      return `${headers[":status"]} ${Buffer.concat(await stream.toArray())}`;
    };
    return await Promise.race([answer(), broken]);
  } finally {
    session.destroy();
  }
}
