import assert from "node:assert/strict";
import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ResticOptions, resticClient } from "../clients/restic.ts";
import { assertSameTree, makeTree } from "./tree.ts";

/** Snapshot ids as `restic snapshots --json` lists them, oldest first. */
export async function listSnapshots(restic: ReturnType<typeof resticClient>): Promise<string[]> {
  const { stdout } = await restic(["snapshots", "--json"]);
  const snapshots = JSON.parse(stdout) as readonly { readonly id: string }[]; // restic's own listing
  return snapshots.map(({ id }) => id);
}

/**
 * Leads a repository through everything that restic does with one, in `options.cwd`, which is empty: init in the old format, two
 * backups, check of all data, restore, forget with prune, another password, upgrade of the format, unlock. Compares what is
 * restored byte by byte.
 */
export async function leadThroughLife(options: ResticOptions): Promise<void> {
  const { cwd } = options;
  const tree = join(cwd, "tree");
  await mkdir(tree);
  await makeTree(tree, { seed: 1 });
  const restic = resticClient(options);

  await restic(["init", "--repository-version", "1"]);
  await restic(["backup", "tree"]);
  await appendFile(join(tree, "twice", "first"), "and more");
  await rm(join(tree, "zeros"));
  await restic(["backup", "tree"]);
  await restic(["check", "--read-data"]);
  await restoreAndCompare(restic, { cwd, tree });

  await restic(["forget", "--keep-last", "1", "--prune"]);
  assert.equal((await listSnapshots(restic)).length, 1);

  await writeFile(join(cwd, "new-password"), "another password\n");
  await restic(["key", "passwd", "--new-password-file", join(cwd, "new-password")]);
  await restic(["snapshots"], { expectFailure: true });
  const renewed = resticClient({ ...options, password: "another password" });

  await renewed(["migrate", "upgrade_repo_v2"]);
  const { stdout } = await renewed(["cat", "config"]);
  assert.equal((JSON.parse(stdout) as { version: number }).version, 2);
  await renewed(["unlock"]);
  await renewed(["check", "--read-data"]);
  await restoreAndCompare(renewed, { cwd, tree });
}

/** Restores the latest snapshot (that of `path`, when there are snapshots of several) into an empty folder and fails unless it equals the tree. */
export async function restoreAndCompare(
  restic: ReturnType<typeof resticClient>,
  { cwd, tree, path }: { readonly cwd: string; readonly tree: string; readonly path?: string },
): Promise<void> {
  const target = join(cwd, "restored");
  await restic(["restore", "latest", "--target", target, ...(path === undefined ? [] : ["--path", join(cwd, path)])]);
  await assertSameTree(join(target, "tree"), tree);
  await rm(target, { recursive: true });
}
