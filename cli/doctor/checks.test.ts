import assert from "node:assert/strict";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type ListenOptions } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "#limits.ts";
import { selfSigned, withoutOpenssl } from "../../test/support/self-signed.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { checkCertificate } from "./check-certificate.ts";
import { checkClock } from "./check-clock.ts";
import { checkDataFolder, existingParent } from "./check-data-folder.ts";
import { checkSpace, checkSync } from "./check-disk.ts";
import { checkListener } from "./check-listener.ts";
import { checkPrograms } from "./check-programs.ts";

async function listening(options: ListenOptions): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => socket.destroy());
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(options, resolve);
  await promise;
  const address = server.address() as AddressInfo | string; // it listens, so there is one
  return { port: typeof address === "string" ? 0 : address.port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const listener = (host: string, port: number) => ({ address: { kind: "tcp", host, port } as const, tls: undefined, publicUrls: [] });

test("a data folder that others can look into is a warning, and one that is not there yet is fine", async () => {
  await using folder = await tempFolder();
  await chmod(folder.path, 0o700);
  assert.equal(checkDataFolder(folder.path).status, "ok");
  await chmod(folder.path, 0o750);
  assert.match(checkDataFolder(folder.path).advice ?? "", /^chmod 0700 /);
  assert.equal(checkDataFolder(folder.path).status, "warning");
  assert.match(checkDataFolder(join(folder.path, "a/b")).what, /not there yet/);
  assert.equal(existingParent(join(folder.path, "a/b")), folder.path);
});

test("a data folder that is a file, or lies below one, is wrong", async () => {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, "file"), "");
  assert.equal(checkDataFolder(join(folder.path, "file")).status, "wrong");
  assert.equal(checkDataFolder(join(folder.path, "file/data")).status, "wrong");
  assert.equal(existingParent(join(folder.path, "file/data")), folder.path);
});

test("the sync check measures and leaves nothing behind", async () => {
  await using folder = await tempFolder();
  assert.match(checkSync(folder.path).what, /^one fsync takes \d+(\.\d)? (microseconds|ms)$/);
  assert.deepEqual(await readdir(folder.path), []);
  assert.equal(checkSync(join(folder.path, "missing")).status, "wrong");
});

test("too little room above the reserve is told before uploads are refused", async () => {
  await using folder = await tempFolder();
  const small = { ...DEFAULT_LIMITS, reserveBytes: 1, reserveShare: 1e-9 };
  assert.equal(checkSpace(folder.path, small).status, "ok");
  assert.equal(checkSpace(folder.path, { ...small, reserveShare: 1 }).status, "wrong");
  assert.equal(checkSpace(join(folder.path, "missing"), small).status, "wrong");
});

test("the clock of this machine is found to be sane", async () => {
  const { what } = await checkClock(AbortSignal.timeout(5000));
  assert.match(what, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/);
});

test("a port that another program holds is told with the flag that moves the listener", async () => {
  let port: number;
  {
    await using held = await listening({ host: "127.0.0.1", port: 0 });
    port = held.port;
    const check = await checkListener("restic", listener("127.0.0.1", port), undefined);
    assert.equal(check.status, "wrong");
    assert.match(check.what, /is held by another program/);
    assert.match(check.advice ?? "", /--listen-restic/);
    const hub = { pid: 42, listeners: { restic: `http://127.0.0.1:${port}` }, publicUrls: {} };
    assert.match((await checkListener("restic", listener("127.0.0.1", port), hub)).what, /held by the running hub \(process 42\)/);
  }
  assert.equal((await checkListener("restic", listener("127.0.0.1", port), undefined)).status, "ok");
  assert.match((await checkListener("main", listener("192.0.2.1", port), undefined)).what, /is no address of this machine/);
});

test("a unix socket is held while somebody answers on it, and free otherwise", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "s");
  const socket = { address: { kind: "unix", path, mode: 0o600 } as const, tls: undefined, publicUrls: [] };
  {
    await using _held = await listening({ path });
    assert.equal((await checkListener("restic", socket, undefined)).status, "wrong");
  }
  await writeFile(path, "");
  assert.equal((await checkListener("restic", socket, undefined)).status, "ok");
  const off = { address: { kind: "off" } as const, tls: undefined, publicUrls: [] };
  assert.equal((await checkListener("restic", off, undefined)).what, "off");
});

test("a certificate is looked at before it expires", { skip: withoutOpenssl() }, async () => {
  await using folder = await tempFolder();
  await mkdir(join(folder.path, "tls"));
  const { cert, key } = await selfSigned(join(folder.path, "tls")); // good for a day
  const at = (nowMs: number, certPath = cert) =>
    checkCertificate("main", { ...listener("127.0.0.1", 0), tls: { certPath, keyPath: key, minVersion: "TLSv1.2" } }, nowMs)?.status;
  const dayMs = 24 * 60 * 60_000;
  assert.equal(at(Date.now() - 30 * dayMs), "ok");
  assert.equal(at(Date.now()), "warning");
  assert.equal(at(Date.now() + 2 * dayMs), "wrong");
  assert.equal(at(Date.now(), join(folder.path, "missing.pem")), "wrong");
  assert.equal(checkCertificate("main", listener("127.0.0.1", 0), Date.now()), undefined);
});

test("programs that are found tell their version, and none is needed", async () => {
  const checks = await checkPrograms();
  assert.deepEqual(
    checks.map(({ name }) => name),
    ["node", "restic", "rclone", "rest-server", "openssl", "psql"],
  );
  assert.equal(checks[0]?.what, process.version);
  assert.ok(checks.every(({ status }) => status === "ok"));
});
