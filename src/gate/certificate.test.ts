import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, rename, rm, writeFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { openLog } from "#lib/log.ts";
import { selfSigned, withoutOpenssl } from "../../test/support/self-signed.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { Certificate } from "./certificate.ts";
import { countingDoor, openTestGate } from "./open-test-gate.ts";

const skip = withoutOpenssl();

test("a certificate that is replaced is served to new connections, and open ones go on", { skip }, async () => {
  await using folder = await tempFolder();
  const first = await selfSigned(folder.path, "first");
  const second = await selfSigned(folder.path, "second");
  const tls = { certPath: first.cert, keyPath: first.key, minVersion: "TLSv1.2" } as const;
  await using hub = await openTestGate(countingDoor, { tls, limits: { certificateCheckMs: 50 } });

  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const session = connectHttp2(hub.url, { rejectUnauthorized: false });
  const overHttp1 = async () => {
    const outgoing = request(hub.url, { agent });
    outgoing.end();
    const [reply] = await once(outgoing, "response");
    reply.resume();
    await once(reply, "end");
    return outgoing.socket?.localPort;
  };
  const overHttp2 = async () => {
    const stream = session.request({ ":path": "/" });
    const [headers] = await once(stream, "response");
    stream.resume();
    await once(stream, "close");
    return headers[":status"];
  };
  const port = await overHttp1();
  assert.equal(await overHttp2(), 200);
  assert.equal(await servedName(hub.port), "first");

  await rename(second.cert, first.cert);
  await rename(second.key, first.key);
  await hub.waitForLog("certificate reloaded", 1);
  assert.equal(await servedName(hub.port), "second");
  assert.equal(await overHttp1(), port);
  assert.equal(await overHttp2(), 200);
  session.close();
  agent.destroy();
});

test("a pair that cannot be used is logged and the old one stays", { skip }, async () => {
  await using folder = await tempFolder();
  const { cert, key } = await selfSigned(folder.path);
  const other = await selfSigned(folder.path, "other");
  await using hub = await openTestGate(countingDoor, { tls: { certPath: cert, keyPath: key, minVersion: "TLSv1.3" } });
  await copyFile(other.cert, cert);
  await hub.gate.reloadCertificates();
  const [line] = await hub.waitForLog("certificate not reloaded, the old one stays", 1);
  assert.match(JSON.stringify(line), /does not belong to the certificate/);
  assert.equal(await servedName(hub.port), "tls");
});

test("a certificate that cannot be used is told with its file and its setting", { skip }, async () => {
  await using folder = await tempFolder();
  const { cert, key } = await selfSigned(folder.path);
  const other = await selfSigned(folder.path, "other");
  const garbage = join(folder.path, "garbage");
  await writeFile(garbage, "no certificate");
  const missing = join(folder.path, "missing");
  const opened = (certPath: string, keyPath: string) =>
    openTestGate(countingDoor, { tls: { certPath, keyPath, minVersion: "TLSv1.2" } }).then((hub) => hub.gate.close());
  await assert.rejects(opened(missing, key), /missing does not exist \(tls\.restic\.cert\)/);
  await assert.rejects(opened(cert, missing), /missing does not exist \(tls\.restic\.key\)/);
  await assert.rejects(opened(folder.path, key), /cannot be read \(it is no regular file\) \(tls\.restic\.cert\)/);
  await assert.rejects(opened(garbage, key), /garbage does not hold what tls\.restic\.cert needs/);
  await assert.rejects(opened(cert, garbage), /garbage does not hold what tls\.restic\.key needs/);
  await assert.rejects(opened(cert, other.key), /does not belong to the certificate/);
});

test("a certificate that has expired is served, with a warning", { skip }, async () => {
  await using folder = await tempFolder();
  const { cert, key } = await selfSigned(folder.path);
  const lines: string[] = [];
  const log = openLog({ level: "warn", format: "json" }, (line) => lines.push(line));
  const tls = { certPath: cert, keyPath: key, minVersion: "TLSv1.2" } as const;
  const inAWeek = () => Date.now() + 7 * 24 * 3600 * 1000;
  const certificate = new Certificate({ listener: "main", tls, log, clock: inAWeek });
  assert.ok((await certificate.read()).cert);
  assert.match(lines.join(), /the certificate has expired/);
  assert.equal(await certificate.hasChanged(), false);
  await rm(cert);
  assert.equal(await certificate.hasChanged(), true);
});

async function servedName(port: number): Promise<string | undefined> {
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}
