import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { copyFile, mkdir, utimes, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { basic, httpRequest, randomObject } from "./support/http-request.ts";
import { selfSigned, withoutOpenssl } from "./support/self-signed.ts";
import { startHub } from "./support/start-hub.ts";
import { tempFolder } from "./support/temp-folder.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

test("RS-15, RS-16: a hub starts twice in a row on one port and one socket, and leaves neither behind", async () => {
  await using hub = await startHub();
  const port = new URL(hub.url.restic).port;
  await hub.stop();
  const socket = join(hub.folder, "holdfast.sock");
  for (let round = 0; round < 2; round += 1) {
    await using again = await startHub({
      data: hub.data,
      args: ["--listen-restic", `127.0.0.1:${port}`, "--listen-main", `unix:${socket}`],
    });
    assert.equal(again.url.restic, `http://127.0.0.1:${port}`);
    assert.equal((await httpRequest(again.url.restic, "GET", "/repo/")).status, 401);
    assert.equal((await httpRequest(again.url.main, "GET", "/healthz")).status, 204);
    assert.equal(await again.stop(), 0);
    assert.equal(existsSync(socket), false);
  }
});

test("a second hub on the same folder says which process has it, and the first goes on", async () => {
  await using hub = await startHub();
  const refused = await hub.cli(["serve", "--listen-main", "127.0.0.1:0", "--listen-restic", "127.0.0.1:0"], { expectFailure: true });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, new RegExp(`^holdfast: Another Holdfast \\(process ${hub.pid}\\) already works on ${hub.data}; .*\n$`));
  assert.equal((await httpRequest(hub.url.main, "GET", "/healthz")).status, 204);
});

test("a port that is taken is one sentence that names the flag which moves it", async () => {
  await using hub = await startHub();
  const port = new URL(hub.url.restic).port;
  const other = join(hub.folder, "other");
  const args = [
    "serve",
    "--data",
    other,
    "--listen-main",
    "127.0.0.1:0",
    "--listen-restic",
    `127.0.0.1:${port}`,
    "--listen-restbackup",
    "off",
  ];
  const refused = await hub.cli(args, { expectFailure: true });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, new RegExp(`^holdfast: .*127\\.0\\.0\\.1:${port}.*--listen-restic.*\n$`));
  assert.deepEqual(readdirSync(other).sort(), ["files", "holdfast.lock", "holdfast.sqlite"]);
});

test("a hub with every listener off does not start, and says what to set", async () => {
  await using hub = await startHub();
  const args = [
    "serve",
    "--data",
    join(hub.folder, "other"),
    ...["main", "restic", "restbackup"].flatMap((name) => [`--listen-${name}`, "off"]),
  ];
  const refused = await hub.cli(args, { expectFailure: true });
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.match(refused.stderr, /^holdfast: Every listener is off.*listen\.restic\.\n$/);
});

test("the same Ctrl+C that reaches the hub twice, from the terminal and from npm, lets an upload end", async () => {
  await using hub = await startHub();
  const { password } = await hub.addAccount("laptop");
  const { id, bytes } = randomObject(100_000);
  const begun = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  async function* slow() {
    yield bytes.subarray(0, 50_000);
    begun.resolve();
    await rest.promise;
    yield bytes.subarray(50_000);
  }
  const credentials = { login: "laptop", secret: password };
  const reply = httpRequest(hub.url.restic, "POST", `/laptop/data/${id}`, { credentials, body: slow() });
  await begun.promise;
  await until(() => globSync("**/.hub-tmp/*", { cwd: join(hub.data, "files") }).length === 1);
  for (let count = 0; count < 2; count += 1) process.kill(hub.pid, "SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 100));
  rest.resolve();
  assert.equal((await reply).status, 200);
  assert.equal(await hub.stop(), 0);
});

test("what would show itself with the first backup is said at the start", async () => {
  await using hub = await startHub({ config: { noAuth: { restic: "ghost" }, limits: { reserveBytes: 2 ** 52 } } });
  const log = hub.logLines().join("\n");
  assert.match(log, /too little free space: uploads of packs will be refused/);
  assert.match(log, /the account of noAuth\.restic does not exist/);
});

test("account add beside a hub names the URL that the hub is called by, wherever that was set", async () => {
  await using hub = await startHub({ args: ["--public-url-restic", "https://backup.example.org:8000"] });
  const { url } = await hub.addAccount("laptop");
  assert.equal(new URL(url).host, "backup.example.org:8000");
});

test("what the hub keeps is for its own user alone, and says what to type while there is no account", async () => {
  await using hub = await startHub();
  assert.equal(statSync(join(hub.data, "files")).mode & 0o777, 0o700);
  for (const name of readdirSync(hub.data).filter((name) => /sqlite|run\.json/.test(name))) {
    assert.equal(statSync(join(hub.data, name)).mode & 0o077, 0, name);
  }
  // A data folder that was named has to be named again in the terminal beside it.
  await hub.stop();
  await using named = await startHub({ data: hub.data, args: ["--data", hub.data] });
  assert.match(named.logLines().join("\n"), new RegExp(`holdfast account add laptop --data ${hub.data}`));
  await named.stop();
  await hub.addAccount("laptop");
  await hub.restart();
  assert.match(hub.logLines().join("\n"), /"ready"/);
  assert.doesNotMatch(hub.logLines().join("\n"), /account add/);
});

test("what the command line changes beside a running hub works with the next request", async () => {
  await using hub = await startHub();
  const { password } = await hub.addAccount("laptop");
  const status = async (secret = password) =>
    (await httpRequest(hub.url.restic, "GET", "/laptop/config", { credentials: { login: "laptop", secret } })).status;
  assert.equal(await status(), 404);
  await hub.cli(["account", "disable", "laptop"]);
  assert.equal(await status(), 403);
  await hub.cli(["account", "enable", "laptop"]);
  assert.equal(await status(), 404);
  const fresh = JSON.parse((await hub.cli(["account", "rotate", "laptop", "--json"])).stdout) as { password: string };
  assert.deepEqual([await status(), await status(fresh.password)], [401, 404]);
  await hub.cli(["account", "remove", "laptop"]);
  assert.equal(await status(fresh.password), 401);
});

test("1.5: leftovers of a hub that was killed are swept when it starts, those of other programs after a week", async () => {
  await using hub = await startHub();
  const { password } = await hub.addAccount("laptop");
  const { hostname, port } = new URL(hub.url.restic);
  const { id, bytes } = randomObject(2_000_000);
  const temps = () => globSync("**/.hub-tmp/*", { cwd: join(hub.data, "files") });

  const socket = connect(Number(port), hostname).on("error", () => undefined);
  const authorization = basic({ login: "laptop", secret: password });
  socket.write(
    `POST /laptop/data/${id} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${authorization}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  );
  socket.write(bytes.subarray(0, 1_500_000));
  await until(() => temps().length === 1);
  await hub.kill();
  socket.destroy();
  assert.equal(temps().length, 1);

  const data = join(hub.data, "files", "restic", "laptop", "data", "ab");
  await mkdir(data, { recursive: true });
  const foreign = {
    old: `${"ab".repeat(32)}.rest-server-temp123`,
    oldLocal: `${"ab".repeat(32)}-tmp-99`,
    young: `${"ac".repeat(32)}-tmp-1`,
  };
  for (const name of Object.values(foreign)) await writeFile(join(data, name), "half");
  const longAgo = new Date(Date.now() - 8 * DAY_MS);
  for (const name of [foreign.old, foreign.oldLocal]) await utimes(join(data, name), longAgo, longAgo);

  await hub.restart();
  await until(() => temps().length === 0 && readdirSync(data).length === 1);
  assert.deepEqual(readdirSync(data), [foreign.young]);
});

test("1.5 #4: a client that goes away in the middle of an upload leaves nothing", async () => {
  await using hub = await startHub();
  const { password } = await hub.addAccount("laptop");
  const { hostname, port } = new URL(hub.url.restic);
  const authorization = basic({ login: "laptop", secret: password });
  const fds = () => readdirSync(`/proc/${hub.pid}/fd`).length;
  // The first upload opens the database for writing, and that stays.
  await httpRequest(hub.url.restic, "POST", "/laptop/config", { credentials: { login: "laptop", secret: password }, body: "x" });
  const before = fds();
  for (let count = 0; count < 30; count += 1) {
    const { id, bytes } = randomObject(1_200_000);
    const socket = connect(Number(port), hostname).on("error", () => undefined);
    socket.write(
      `POST /laptop/data/${id} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${authorization}\r\nContent-Length: 2000000\r\n\r\n`,
    );
    await new Promise((resolve) => socket.write(bytes, resolve));
    if (count % 2 === 0) socket.resetAndDestroy();
    else socket.end();
  }
  await until(() => globSync("**/.hub-tmp/*", { cwd: join(hub.data, "files") }).length === 0 && fds() <= before);
  assert.deepEqual(globSync("restic/laptop/data/*/*", { cwd: join(hub.data, "files") }), []);
});

test("1.6: files may be read-only or shared with a group, when that is set", async () => {
  for (const [mode, file, folder] of [
    ["0400", 0o400, 0o700],
    ["0660", 0o660, 0o770],
  ] as const) {
    await using hub = await startHub({ config: { files: { mode } } });
    const { password } = await hub.addAccount("laptop");
    const credentials = { login: "laptop", secret: password };
    const { id, bytes } = randomObject(10);
    assert.equal((await httpRequest(hub.url.restic, "POST", `/laptop/keys/${id}`, { credentials, body: bytes })).status, 200);
    const keys = join(hub.data, "files", "restic", "laptop", "keys");
    // The umask takes what it always takes away.
    assert.equal(statSync(join(keys, id)).mode & 0o777, file & ~process.umask());
    assert.equal(statSync(keys).mode & 0o777, folder & ~process.umask());
    assert.equal((await httpRequest(hub.url.restic, "DELETE", `/laptop/keys/${id}`, { credentials })).status, 200);
  }
});

test("no password, header or URL with credentials gets into the log", async () => {
  await using hub = await startHub({ args: ["--log-level", "debug"] });
  const { password } = await hub.addAccount("laptop");
  const credentials = { login: "laptop", secret: password };
  await httpRequest(hub.url.restic, "GET", "/laptop/config?token=in-the-query", { credentials });
  await httpRequest(hub.url.restic, "GET", "/laptop/config", { credentials: { login: "laptop", secret: "wrong-but-secret" } });
  await hub.stop();
  const log = hub.logLines().join("\n");
  assert.match(log, /"target":"\/laptop\/config"/);
  for (const secret of [password, basic(credentials), "wrong-but-secret", "in-the-query", "argon2id"])
    assert.equal(log.includes(secret), false, secret);
  assert.equal(readFileSync(join(hub.data, "holdfast.sqlite")).includes(password), false);
});

test("SIGHUP reads the certificate again, and the hub goes on", { skip: withoutOpenssl() }, async () => {
  await using folder = await tempFolder();
  const [first, second] = [await selfSigned(folder.path, "first"), await selfSigned(folder.path, "second")];
  const pair = { cert: join(folder.path, "cert.pem"), key: join(folder.path, "key.pem") };
  const use = async ({ cert, key }: typeof first) => {
    await copyFile(cert, pair.cert);
    await copyFile(key, pair.key);
  };
  await use(first);
  // Long enough that only the signal can be the reason.
  await using hub = await startHub({ config: { tls: { restic: { enabled: true, ...pair } }, limits: { certificateCheckMs: 600_000 } } });
  const { port } = new URL(hub.url.restic);
  const servedName = async () => {
    const socket = connectTls({ host: "127.0.0.1", port: Number(port), rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return CN;
  };
  assert.equal(await servedName(), "first");
  await use(second);
  process.kill(hub.pid, "SIGHUP");
  const deadline = performance.now() + 10_000;
  while ((await servedName()) !== "second") assert.ok(performance.now() < deadline, "still the first certificate");
  assert.equal(await hub.stop(), 0);
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within 15 s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
