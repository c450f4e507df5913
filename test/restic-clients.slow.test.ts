import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { startRcloneServeRestic, withoutRclone } from "./clients/rclone.ts";
import { startRestServer, withoutRestServer } from "./clients/rest-server.ts";
import { type ResticVersion, resticClient, withoutRestic } from "./clients/restic.ts";
import { leadThroughLife, listSnapshots, restoreAndCompare } from "./support/restic-lifecycle.ts";
import { selfSigned, withoutOpenssl } from "./support/self-signed.ts";
import { type RunningHub, startHub } from "./support/start-hub.ts";
import { tempFolder } from "./support/temp-folder.ts";
import { makeTree } from "./support/tree.ts";

const VERSIONS: readonly ResticVersion[] = ["0.14.0", "0.18.1", "0.19.1"];
const LATEST = "0.19.1";

// HB-1 of the restic spec: every client version over every transport that it has.
for (const version of VERSIONS) {
  test(`restic ${version} leads a repository through its whole life over HTTP`, { skip: withoutRestic(version) }, async () => {
    await using hub = await startHub();
    const { url } = await hub.addAccount("laptop");
    await leadThroughLife({ version, repository: `rest:${url}`, cwd: await workFolder(hub) });
  });

  const skip = withoutRestic(version) || withoutOpenssl();
  test(`restic ${version} leads a repository through its whole life over HTTPS with HTTP/2`, { skip }, async () => {
    assert.deepEqual(await liveOverTls(version, {}), ["HTTP/2"]);
  });
}

// Only the older clients let Go's own switch turn HTTP/2 off; later ones set it up themselves.
test("restic 0.14.0 leads a repository through its whole life over HTTPS with HTTP/1.1", {
  skip: withoutRestic("0.14.0") || withoutOpenssl(),
}, async () => {
  assert.deepEqual(await liveOverTls("0.14.0", { GODEBUG: "http2client=0" }), ["HTTP/1.1"]);
});

// restic speaks HTTP over a unix socket from 0.17 on.
for (const version of VERSIONS.filter((version) => version !== "0.14.0")) {
  test(`restic ${version} leads a repository through its whole life over a unix socket`, { skip: withoutRestic(version) }, async () => {
    await using sockets = await tempFolder();
    await using hub = await startHub({ args: ["--listen-restic", `unix:${sockets.path}/restic.sock`] });
    const { url } = await hub.addAccount("laptop");
    assert.match(url, /^http\+unix:/);
    await leadThroughLife({ version, repository: `rest:${url}`, cwd: await workFolder(hub) });
  });
}

/** Resolves to the protocols that the hub has seen. */
async function liveOverTls(version: ResticVersion, env: NodeJS.ProcessEnv): Promise<string[]> {
  await using certificates = await tempFolder();
  const { cert, key } = await selfSigned(certificates.path);
  await using hub = await startHub({ config: { tls: { restic: { enabled: true, cert, key } } } });
  const { url } = await hub.addAccount("laptop");
  assert.match(url, /^https:/);
  await leadThroughLife({ version, repository: `rest:${url}`, cwd: await workFolder(hub), globalArgs: ["--cacert", cert], env });
  const requests = hub.logLines().filter((line) => line.includes('"message":"request"'));
  return [...new Set(requests.map((line) => (JSON.parse(line) as { protocol: string }).protocol))];
}

// HB-4: the tree is the usual one, for everybody who knows it.
test("a repository is the same one through the hub, a folder and rest-server", {
  skip: withoutRestic(LATEST) || withoutRestServer(),
}, async () => {
  await using hub = await startHub();
  const { throughHub, cwd, tree, files } = await prepareShared(hub);
  await using server = await startRestServer({ folder: files });
  await meetEverywhere({ throughHub, cwd, tree, others: [join(files, "laptop"), `rest:${server.url}/laptop/`] });
});

for (const version of ["system", "1.75.1"] as const) {
  const title = `a repository is the same one through the hub and rclone (${version}) serving restic`;
  test(title, { skip: withoutRestic(LATEST) || withoutRclone(version) }, async () => {
    await using hub = await startHub();
    const { throughHub, cwd, tree, files } = await prepareShared(hub);
    await using server = await startRcloneServeRestic({ version, folder: files });
    await meetEverywhere({ throughHub, cwd, tree, others: [`rest:${server.url}/laptop/`] });
  });
}

test("a tree that rest-server has written is served as it stands", { skip: withoutRestic(LATEST) || withoutRestServer() }, async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "data");
  const files = join(data, "files", "restic");
  const tree = join(folder.path, "tree");
  await mkdir(files, { recursive: true, mode: 0o700 });
  await mkdir(tree);
  await makeTree(tree, { seed: 4 });
  {
    await using server = await startRestServer({ folder: files });
    const before = resticClient({ version: LATEST, repository: `rest:${server.url}/laptop/`, cwd: folder.path });
    await before(["init"]);
    await before(["backup", "tree"]);
  }
  await using hub = await startHub({ data });
  const { url } = await hub.addAccount("laptop");
  const after = resticClient({ version: LATEST, repository: `rest:${url}`, cwd: folder.path });
  await after(["check", "--read-data"]);
  await restoreAndCompare(after, { cwd: folder.path, tree });
  await after(["backup", "tree"]);
  await after(["forget", "--keep-last", "1", "--prune"]);
  assert.equal((await listSnapshots(after)).length, 1);
});

test("backups through the hub and through rest-server at once leave a sound repository", {
  skip: withoutRestic(LATEST) || withoutRestServer(),
}, async () => {
  await using hub = await startHub();
  const { throughHub, cwd, tree, files } = await prepareShared(hub);
  await using server = await startRestServer({ folder: files });
  const beside = resticClient({ version: LATEST, repository: `rest:${server.url}/laptop/`, cwd });
  await mkdir(join(cwd, "other"));
  await makeTree(join(cwd, "other"), { seed: 5, files: 60 });
  await Promise.all([
    throughHub(["backup", "tree"]),
    beside(["backup", "other"]),
    throughHub(["backup", "other"]),
    beside(["backup", "tree"]),
  ]);
  await throughHub(["check", "--read-data"]);
  assert.equal((await listSnapshots(throughHub)).length, 5);
  await restoreAndCompare(beside, { cwd, tree, path: "tree" });
});

/** A repository `laptop` with one snapshot of `tree`. `files` is the folder that others serve. */
async function prepareShared(hub: RunningHub) {
  const cwd = await workFolder(hub);
  const tree = join(cwd, "tree");
  await mkdir(tree);
  await makeTree(tree, { seed: 3 });
  const { url } = await hub.addAccount("laptop");
  const throughHub = resticClient({ version: LATEST, repository: `rest:${url}`, cwd });
  await throughHub(["init"]);
  await throughHub(["backup", "tree"]);
  return { throughHub, cwd, tree, files: join(hub.data, "files", "restic") };
}

interface Meeting {
  readonly throughHub: ReturnType<typeof resticClient>;
  readonly cwd: string;
  readonly tree: string;
  /** Other ways to the same repository. */
  readonly others: readonly string[];
}

/** Each way reads what the hub has written, adds a snapshot, and the hub reads that one; in the end the hub prunes and all agree. */
async function meetEverywhere({ throughHub, cwd, tree, others }: Meeting): Promise<void> {
  for (const repository of others) {
    const other = resticClient({ version: LATEST, repository, cwd });
    await other(["check", "--read-data"]);
    await restoreAndCompare(other, { cwd, tree });
    await makeTree(join(cwd, "tree", `for ${others.indexOf(repository)}`), { seed: 10 + others.indexOf(repository), files: 6 });
    await other(["backup", "tree"]);
    await throughHub(["check", "--read-data"]);
    await restoreAndCompare(throughHub, { cwd, tree });
  }
  await throughHub(["forget", "--keep-last", "1", "--prune"]);
  const expected = await listSnapshots(throughHub);
  assert.equal(expected.length, 1);
  for (const repository of others) {
    const other = resticClient({ version: LATEST, repository, cwd });
    assert.deepEqual(await listSnapshots(other), expected);
    await restoreAndCompare(other, { cwd, tree });
  }
}

async function workFolder(hub: RunningHub): Promise<string> {
  const cwd = join(hub.folder, "work");
  await mkdir(cwd);
  return cwd;
}
