import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type ResticVersion, resticClient } from "../clients/restic.ts";
import { certificateAuthority } from "./certificate-authority.ts";
import { listSnapshots, restoreAndCompare } from "./restic-lifecycle.ts";
import { selfSigned } from "./self-signed.ts";
import { startHub } from "./start-hub.ts";
import { tempFolder } from "./temp-folder.ts";
import { makeTree } from "./tree.ts";

/** Backs up and restores with a certificate in place of a password, until that is taken away. Newer clients are also asked to believe refusals. */
export async function liveByCertificate(version: ResticVersion): Promise<void> {
  await using folder = await tempFolder();
  const ca = await certificateAuthority(folder.path);
  const laptop = await ca.sign({ file: "laptop", subject: "/CN=x", alternative: "DNS:laptop.lan" });
  const stranger = await ca.sign({ file: "stranger", subject: "/CN=stranger" });
  const { cert, key } = await selfSigned(folder.path);
  const tls = { enabled: true, cert, key, clientCa: ca.cert, clientCertificate: "require" };
  await using hub = await startHub({ config: { tls: { restic: tls } } });
  await hub.addAccount("laptop");
  await hub.cli(["credential", "add", "laptop", "--certificate", "laptop.lan", "--name", "cert", "--most-role", "backup"]);

  const cwd = join(hub.folder, "work");
  const tree = join(cwd, "tree");
  await mkdir(tree, { recursive: true });
  await makeTree(tree, { seed: 3 });
  const repository = `rest:${hub.url.restic}/laptop/`;
  const as = (file: string | undefined) => {
    const shown = file === undefined ? [] : ["--tls-client-cert", file];
    return resticClient({ version, repository, cwd, globalArgs: ["--cacert", cert, ...shown] });
  };
  const restic = as(laptop.both);
  await restic(["init"]);
  await restic(["backup", "tree"]);
  await restic(["backup", "tree"]);
  await restoreAndCompare(restic, { cwd, tree });
  assert.equal((await listSnapshots(restic)).length, 2);
  if (version === "0.14.0") return; // it asks ten times before it believes a refusal
  assert.match((await restic(["forget", "--keep-last", "1"], { expectFailure: true })).stderr, /403/);
  assert.match((await as(stranger.both)(["snapshots"], { expectFailure: true })).stderr, /401/);
  await hub.cli(["credential", "disable", "laptop.cert"]);
  assert.match((await restic(["snapshots"], { expectFailure: true })).stderr, /403/);
}
