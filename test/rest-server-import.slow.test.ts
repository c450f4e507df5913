import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { startRestServer, withoutRestServer } from "./clients/rest-server.ts";
import { type ResticClient, resticClient, withoutRestic } from "./clients/restic.ts";
import { startHub } from "./support/start-hub.ts";
import { tempFolder } from "./support/temp-folder.ts";
import { assertSameTree, describeTree, makeTree } from "./support/tree.ts";

// Of "alice's" and of "bob's", made by libxcrypt and openssl: the two kinds that rest-server takes.
const HTPASSWD = ["alice:$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2", "bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="].join("\n");
const PASSWORDS = { alice: "correct horse", bob: "password" } as const;
type User = keyof typeof PASSWORDS;

test("a rest-server's tree and users move in: the same URLs and passwords go on, and go back again", {
  skip: withoutRestServer() || withoutRestic("0.19.1"),
  timeout: 180_000,
}, async () => {
  await using folder = await tempFolder();
  const srv = join(folder.path, "srv");
  await mkdir(srv);
  await writeFile(join(srv, ".htpasswd"), `${HTPASSWD}\n`);
  await makeTree(join(folder.path, "photos"), { seed: 7, files: 6 });
  const restic = (url: string, user: User): ResticClient => {
    const { host } = new URL(url);
    const repository = `rest:http://${user}:${encodeURIComponent(PASSWORDS[user])}@${host}/${user}/`;
    return resticClient({ version: "0.19.1", repository, cwd: folder.path });
  };
  const snapshots = async (url: string, user: User) =>
    (JSON.parse((await restic(url, user)(["snapshots", "--json"])).stdout) as { id: string }[]).map(({ id }) => id);

  const before = await startRestServer({ folder: srv, args: ["--private-repos"] });
  for (const user of ["alice", "bob"] as const) {
    await restic(before.url, user)(["init"]);
    await restic(before.url, user)(["backup", "photos"]);
  }
  const ofAlice = await snapshots(before.url, "alice");
  await before.stop();
  const tree = await describeTree(srv);

  await using hub = await startHub();
  await hub.cli(["import", "rest-server", srv, "--private-repos"]);
  assert.deepEqual(await describeTree(srv), tree, "the import has changed something");
  assert.deepEqual(await snapshots(hub.url.restic, "alice"), ofAlice);
  for (const user of ["alice", "bob"] as const) {
    const run = restic(hub.url.restic, user);
    await run(["backup", "photos"]);
    await run(["check", "--read-data"]);
  }
  await restic(hub.url.restic, "alice")(["restore", "latest", "--target", "back"]);
  await assertSameTree(join(folder.path, "back", "photos"), join(folder.path, "photos"));
  await restic(hub.url.restic, "alice")(["forget", "--keep-last", "1", "--prune"]);
  assert.deepEqual(await readdir(join(hub.data, "files")), []);

  // Once more after a restart: the folder is found again, and the passwords, now argon2id, are the same.
  await hub.restart();
  const kept = await snapshots(hub.url.restic, "alice");
  assert.equal(kept.length, 1);

  await using after = await startRestServer({ folder: srv, args: ["--private-repos"] });
  assert.deepEqual(await snapshots(after.url, "alice"), kept);
  for (const user of ["alice", "bob"] as const) await restic(after.url, user)(["check"]);
  // Both at once: what one takes the other has.
  await restic(after.url, "bob")(["backup", "photos"]);
  assert.equal((await snapshots(hub.url.restic, "bob")).length, 3);
});
