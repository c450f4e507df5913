import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { resticClient, withoutRestic } from "./clients/restic.ts";
import { startFlakyProxy } from "./support/flaky-proxy.ts";
import { listSnapshots, restoreAndCompare } from "./support/restic-lifecycle.ts";
import { startHub } from "./support/start-hub.ts";
import { makeTree } from "./support/tree.ts";

const VERSION = "0.19.1";
const USERS = ["alice", "bob", "carol"];

test("an administrator moves in from rest-server, sets who may do what, and the timeline tells the story in order", {
  skip: withoutRestic(VERSION),
}, async () => {
  await using hub = await startHub();
  await using proxy = await startFlakyProxy(hub.url.restic);
  const cwd = join(hub.folder, "work");
  const tree = join(cwd, "tree");
  const old = join(hub.folder, "rest-server");
  await mkdir(tree, { recursive: true });
  await makeTree(tree, { seed: 4 });
  // What rest-server left: restic's own layout below each user's folder, and an htpasswd file.
  const onDisk = resticClient({ version: VERSION, repository: join(old, "alice"), cwd });
  await mkdir(old);
  await onDisk(["init"]);
  await onDisk(["backup", "tree"]);
  await writeFile(join(old, ".htpasswd"), USERS.map((name) => `${name}:{SHA}${sha1(`${name}-secret`)}\n`).join(""));

  await hub.cli(["import", "rest-server", old, "--private-repos"]);
  await hub.cli(["grant", "add", "alice", "/alice", "--role", "backup"]);
  await hub.cli(["quota", "set", "--account", "alice", "--hard", "1GiB"]);
  await hub.cli(["grant", "add", "bob", "/alice", "--role", "maintain"]);

  const as = (name: string) => {
    const host = new URL(proxy.url).host;
    return resticClient({ version: VERSION, repository: `rest:http://${name}:${name}-secret@${host}/alice/`, cwd });
  };
  const [alice, bob, carol] = [as("alice"), as("bob"), as("carol")];

  await appendFile(join(tree, "twice", "first"), "something new to upload");
  proxy.setFault({ kind: "lose-reply", method: "POST", nth: 2 }); // the first is the lock, the second a pack
  await alice(["backup", "tree"]);
  assert.equal(proxy.struck, 1);
  proxy.setFault({ kind: "none" });
  const refused = await alice(["forget", "--keep-last", "1", "--prune"], { expectFailure: true });
  assert.match(refused.stderr, /403 Append-only: this account may add but not remove/);
  await alice(["unlock"]);

  await bob(["forget", "--keep-last", "1", "--prune"]);
  assert.equal((await listSnapshots(bob)).length, 1);
  await hub.cli(["trash", "restore", "/alice"]);
  assert.equal((await listSnapshots(alice)).length, 2);
  await bob(["check", "--read-data"]);
  await restoreAndCompare(bob, { cwd, tree });

  const hidden = await carol(["snapshots"], { expectFailure: true });
  assert.match(hidden.stderr, /403 carol has no role on \/alice\//);
  await hub.stop();

  const { stdout } = await hub.cli(["operations", "--json", "--limit", "100"]);
  const lines = JSON.parse(stdout) as { kind: string; status: string; account?: string; summary: string }[];
  // Sign-ins are written together, a moment later; the refusal and the clean-up end with their silence.
  const story = lines
    .filter(({ kind }) => kind !== "signin.succeeded")
    .map(({ kind, status, summary }) => `${kind} ${status}: ${plain(summary)}`);
  const told = [
    /^import\.done succeeded: .* was adopted as \/restic\/; repositories: 1, new accounts: 3$/,
    /^settings\.changed succeeded: Account alice got the role backup on \/alice\/$/,
    /^settings\.changed succeeded: Quota of account alice: hard limit 1\.0 GiB$/,
    /^settings\.changed succeeded: Account bob got the role maintain on \/alice\/$/,
    /^backup\.arrived succeeded: A backup arrived: N packs? and N index/,
    /^request\.refused refused: Refused DELETE snapshots\/ID: Append-only/,
    /^cleanup\.run succeeded: Clean-up: removed N snapshot/,
    /^trash\.restored succeeded: N objects with .* came back from the trash to \/alice\/$/,
    /^request\.refused refused: Refused HEAD config: carol has no role on \/alice\/$/,
    /^hub\.stopped succeeded/,
  ];
  const places = told.map((pattern) => story.findIndex((line) => pattern.test(line)));
  assert.ok(!places.includes(-1), `${told[places.indexOf(-1)]} is missing in:\n${story.join("\n")}`);
  assert.deepEqual(
    places,
    places.toSorted((one, other) => one - other),
    story.join("\n"),
  );
  const signedIn = lines.filter(({ kind }) => kind === "signin.succeeded").map(({ account }) => account);
  assert.deepEqual(signedIn.toSorted(), USERS);
});

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("base64");
}

function plain(summary: string): string {
  return summary.replace(/[0-9a-f]{64}/g, "ID").replace(/\b\d+ (?=pack|index|snapshot|object)/g, "N ");
}
