import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { Door, Peer } from "#http/exchange.ts";
import { openLog } from "#lib/log.ts";
import { DEFAULT_LIMITS } from "#limits.ts";
import { selfSigned, withoutOpenssl } from "../../test/support/self-signed.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { openGate } from "./gate.ts";
import type { ListenerOptions } from "./gate-options.ts";
import { openTestGate, talk } from "./open-test-gate.ts";

const echoTarget: Door = async (exchange) => await exchange.reply(200, JSON.stringify(exchange.target));
const quiet = {
  limits: DEFAULT_LIMITS,
  proxy: { peers: [], userHeader: undefined },
  log: openLog({ level: "silent", format: "json" }),
  clock: Date.now,
};

function listener(name: string, address: ListenerOptions["address"]): ListenerOptions {
  return { name, address, tls: undefined, publicUrls: [], mounts: [{ prefix: "", door: echoTarget }] };
}

test("a prefix leads to its door, which sees what is below it; what no prefix takes is 404", async () => {
  const mounts = [
    { prefix: "restic", door: echoTarget },
    { prefix: "healthz", door: async (exchange) => await exchange.reply(204) } satisfies { prefix: string; door: Door },
  ];
  await using hub = await openTestGate(echoTarget, { mounts });
  const below = await fetch(`${hub.url}/restic/laptop/?create=true`);
  assert.deepEqual(await below.json(), { segments: ["laptop"], trailingSlash: true, query: "create=true" });
  assert.equal((await fetch(`${hub.url}/healthz`)).status, 204);
  for (const path of ["", "/resticx", "/RESTIC/", "/other"]) assert.equal((await fetch(hub.url + path)).status, 404, path);
});

test("several listeners open and close together, and one that is off is left out", async () => {
  const tcp = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
  const gate = await openGate({
    ...quiet,
    listeners: [listener("main", tcp), listener("restic", tcp), listener("onitu", { kind: "off" })],
  });
  assert.deepEqual(Object.keys(gate.addresses), ["main", "restic"]);
  for (const url of Object.values(gate.addresses)) assert.equal((await fetch(url)).status, 200);
  await gate.close();
  for (const url of Object.values(gate.addresses)) await assert.rejects(fetch(url));
});

test("a port that is taken is told with its address and the flag that moves it, and no other listener stays open", async () => {
  const other = createServer();
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number }; // a TCP server's address is an object
  await using folder = await tempFolder();
  const path = join(folder.path, "s");
  const listeners = [listener("main", { kind: "unix", path, mode: 0o600 }), listener("restic", { kind: "tcp", host: "127.0.0.1", port })];
  await assert.rejects(
    openGate({ ...quiet, listeners }),
    new RegExp(
      `^Error: Cannot listen on 127\\.0\\.0\\.1:${port}: another program already listens there\\. Choose another place with --listen-restic\\.$`,
    ),
  );
  assert.equal(existsSync(path), false);
  other.close();
});

test("an address that this machine does not have is told as such", async () => {
  const address = { kind: "tcp", host: "192.0.2.1", port: 0 } as const;
  await assert.rejects(
    openGate({ ...quiet, listeners: [listener("main", address)] }),
    /192\.0\.2\.1:0: this machine has no such address.*--listen-main/,
  );
});

test("a unix socket has its mode, answers whatever name it is called by, and is gone with its listener", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "s");
  {
    await using hub = await openTestGate(echoTarget, { address: { kind: "unix", path, mode: 0o660 } });
    assert.equal(hub.url, `unix:${path}`);
    assert.equal(statSync(path).mode & 0o777, 0o660);
    assert.equal(await statusOver(path, "anything.example"), 200);
    assert.equal((await hub.waitForLog("request", 1))[0]?.["address"], "unix");
  }
  assert.equal(existsSync(path), false);
});

test("a proxy on a unix socket is believed, over TLS too, and closing outlasts no handshake there", {
  skip: withoutOpenssl(),
  timeout: 20_000,
}, async () => {
  await using folder = await tempFolder();
  const { cert, key } = await selfSigned(folder.path);
  const path = join(folder.path, "s");
  const peers: Peer[] = [];
  const door: Door = async (exchange) => {
    peers.push(exchange.peer);
    await exchange.reply(200);
  };
  {
    await using _ = await openTestGate(door, {
      address: { kind: "unix", path, mode: 0o600 },
      tls: { certPath: cert, keyPath: key, minVersion: "TLSv1.2" },
      proxy: { peers: ["unix"], userHeader: "X-User" },
      limits: { headersTimeoutMs: 600_000, shutdownMs: 200 },
    });
    const silent = connect({ path }).on("error", () => undefined);
    await once(silent, "connect");
    await Promise.all(
      Array.from({ length: 3 }, async () => {
        const outgoing = secureRequest({
          socketPath: path,
          rejectUnauthorized: false,
          headers: { host: "nas", "X-User": "laptop" },
          agent: false,
        });
        outgoing.end();
        const [reply] = await once(outgoing, "response");
        reply.resume();
      }),
    );
  }
  assert.deepEqual(peers, Array(3).fill({ address: "unix", vouchedUser: "laptop" }));
});

test("a socket that a killed process left is replaced; one in use, or another kind of file, is not", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "s");
  const address = { kind: "unix", path, mode: 0o600 } as const;
  await leaveStaleSocket(path);
  {
    await using _ = await openTestGate(echoTarget, { address });
    assert.equal(await statusOver(path, "localhost"), 200);
    await assert.rejects(
      openTestGate(echoTarget, { address }),
      /Cannot listen on .*: another program already listens there.*--listen-restic/,
    );
    assert.equal(await statusOver(path, "localhost"), 200);
  }
  await writeFile(path, "precious");
  await assert.rejects(openTestGate(echoTarget, { address }), /it exists and is no socket/);
  assert.equal(existsSync(path), true);
  await assert.rejects(openTestGate(echoTarget, { address: { ...address, path: join(folder.path, "no/s") } }), /its folder does not exist/);
});

async function statusOver(socketPath: string, host: string): Promise<number> {
  const outgoing = request({ socketPath, path: "/", headers: { host, connection: "close" } });
  outgoing.end();
  const [reply] = await once(outgoing, "response");
  reply.resume();
  return reply.statusCode;
}

/** As a process does that is killed while it listens. */
async function leaveStaleSocket(path: string): Promise<void> {
  const { spawnSync } = await import("node:child_process");
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
  assert.equal(existsSync(path), true);
}

test("where names are data every target reaches the door as it came, and the log tells what it may", async () => {
  const seen: string[] = [];
  const door: Door = async (exchange) => {
    seen.push(exchange.rawTarget);
    await exchange.reply(200, String(exchange.headers.expect ?? ""));
  };
  const rawTargets = { logged: (target: string) => `/${target.length}` };
  await using hub = await openTestGate(door, { rawTargets });
  const targets = ["/a/../b", "/%2e%2E/.hub-tmp/x", "//evil/x", "/a%2Fb\\c", "/a?q=%00", "http://localhost/x"];
  for (const target of targets) {
    const { text } = await talk(hub.port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.match(text, /^HTTP\/1.1 200 /, target);
  }
  assert.deepEqual(seen, targets);
  const strange = await talk(hub.port, "GET /a HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\nConnection: close\r\n\r\n");
  assert.match(strange.text, /^HTTP\/1.1 200 .*tea$/s);
  const lines = await hub.waitForLog("request", targets.length + 1);
  assert.ok(lines.every(({ target }) => /^\/\d+$/.test(String(target))));
});
