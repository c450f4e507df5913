import assert from "node:assert/strict";
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { resticClient, withoutRestic } from "./clients/restic.ts";
import { startFlakyProxy } from "./support/flaky-proxy.ts";
import { leadThroughLife, listSnapshots, restoreAndCompare } from "./support/restic-lifecycle.ts";
import { type RunningHub, startHub } from "./support/start-hub.ts";
import { makeTree } from "./support/tree.ts";

const VERSION = "0.19.1";
const skip = withoutRestic(VERSION);

test("restic 0.19 leads a repository through its whole life over HTTP", { skip }, async () => {
  await using hub = await startHub();
  const { url } = await hub.addAccount("laptop");
  await leadThroughLife({ version: VERSION, repository: `rest:${url}`, cwd: await workFolder(hub) });
});

test("an append-only account backs up and restores, and cannot forget", { skip }, async () => {
  await using hub = await startHub();
  const { url } = await hub.addAccount("laptop", "--append-only");
  const { restic, tree, cwd } = await prepareBackup(hub, url);
  await restic(["backup", "tree"]);
  const refused = await restic(["forget", "--keep-last", "1"], { expectFailure: true });
  assert.match(refused.stderr, /403/);
  assert.equal((await listSnapshots(restic)).length, 2);
  await restoreAndCompare(restic, { cwd, tree });
});

test("a lost acknowledgement does not fail an append-only backup", { skip }, async () => {
  await using hub = await startHub();
  await using proxy = await startFlakyProxy(hub.url.restic);
  const { url } = await hub.addAccount("laptop", "--append-only");
  const { restic, tree, cwd } = await prepareBackup(hub, url.replace(/@[^/]+/, `@${new URL(proxy.url).host}`));
  await appendFile(join(tree, "twice", "first"), "something new to upload");
  // The first POST is the lock, the second a pack.
  proxy.setFault({ kind: "lose-reply", method: "POST", nth: 2 });
  await restic(["backup", "tree"]);
  assert.equal(proxy.struck, 1);
  proxy.setFault({ kind: "none" });
  await restic(["check", "--read-data"]);
  await restoreAndCompare(restic, { cwd, tree });
});

test("what was acknowledged is there after the hub was killed and started again", { skip }, async () => {
  await using hub = await startHub();
  const account = await hub.addAccount("laptop");
  const { tree, cwd } = await prepareBackup(hub, account.url);
  await hub.kill();
  await hub.restart();
  const restic = resticClient({ version: VERSION, repository: `rest:${withNewPort(account.url, hub)}`, cwd });
  await restic(["check", "--read-data"]);
  await restoreAndCompare(restic, { cwd, tree });
});

/** A repository with one snapshot of `tree`, and the client that made it. */
async function prepareBackup(hub: RunningHub, url: string) {
  const cwd = await workFolder(hub);
  const tree = join(cwd, "tree");
  await mkdir(tree);
  await makeTree(tree, { seed: 2 });
  const restic = resticClient({ version: VERSION, repository: `rest:${url}`, cwd });
  await restic(["init"]);
  await restic(["backup", "tree"]);
  return { restic, tree, cwd };
}

async function workFolder(hub: RunningHub): Promise<string> {
  const cwd = join(hub.folder, "work");
  await mkdir(cwd);
  return cwd;
}

function withNewPort(url: string, hub: RunningHub): string {
  const changed = new URL(url);
  changed.port = new URL(hub.url.restic).port;
  return changed.href;
}
