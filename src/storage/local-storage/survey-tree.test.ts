import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { describeTree } from "../../../test/support/tree.ts";
import { surveyTree } from "./survey-tree.ts";

const run = promisify(execFile);
const SIGNAL = new AbortController().signal;
const OPTIONS = { depth: 3, files: 1000, typeFolders: ["data", "keys", "locks", "snapshots", "index"] };

function repository(top: string, path: string): void {
  mkdirSync(join(top, path, "data", "ab"), { recursive: true });
  mkdirSync(join(top, path, "keys"), { recursive: true });
  for (const name of ["config", "keys/one", "data/ab/two"]) writeFileSync(join(top, path, name), "bytes");
}

test("repositories are found at every depth, inside one another too, and nothing is changed", async () => {
  await using folder = await tempFolder();
  for (const path of ["alice", "alice/laptop", "deep/er/still", "one/too/deep/here"]) repository(folder.path, path);
  mkdirSync(join(folder.path, "begun", "data"), { recursive: true });
  mkdirSync(join(folder.path, "no-repository", "photos"), { recursive: true });
  mkdirSync(join(folder.path, ".hub-trash", "x", "data"), { recursive: true });
  writeFileSync(join(folder.path, ".htpasswd"), "secret");
  const before = await describeTree(folder.path);

  const survey = await surveyTree(folder.path, OPTIONS, SIGNAL);
  assert.deepEqual(
    survey.repositories.map(({ segments, hasConfig }) => [segments.join("/"), hasConfig]),
    [
      ["alice", true],
      ["alice/laptop", true],
      ["begun", false],
      ["deep/er/still", true],
      ["one/too/deep/here", true],
    ],
  );
  assert.deepEqual([survey.isEmpty, survey.troubles, survey.everyFileChecked], [false, [], true]);
  assert.deepEqual(await describeTree(folder.path), before);
});

test("a repository at the top is one, an empty folder says so, and none is an error", async () => {
  await using folder = await tempFolder();
  assert.equal((await surveyTree(folder.path, OPTIONS, SIGNAL)).isEmpty, true);
  repository(folder.path, ".");
  assert.deepEqual((await surveyTree(folder.path, OPTIONS, SIGNAL)).repositories, [{ segments: [], hasConfig: true }]);
  await assert.rejects(surveyTree(join(folder.path, "none"), OPTIONS, SIGNAL), { code: "ENOENT" });
  await assert.rejects(surveyTree(join(folder.path, "config"), OPTIONS, SIGNAL), { code: "ENOTDIR" });
});

test("the folder is told without links, links in it are told of, and no circle is walked", async () => {
  await using folder = await tempFolder();
  repository(folder.path, "real/alice");
  symlinkSync(join(folder.path, "real"), join(folder.path, "link"));
  symlinkSync(join(folder.path, "real"), join(folder.path, "real", "circle"));
  const survey = await surveyTree(join(folder.path, "link"), OPTIONS, SIGNAL);
  assert.ok(survey.folder.endsWith("/real"));
  assert.equal(survey.repositories.length, 1);
  assert.deepEqual(
    survey.troubles.map(({ path, reason }) => [path, reason.slice(0, 24)]),
    [["circle", "is a link to a folder: a"]],
  );
});

test("links that lead from a repository out of the tree are told of, and those that stay in it are not", async () => {
  await using folder = await tempFolder();
  await using outside = await tempFolder();
  repository(folder.path, "alice");
  mkdirSync(join(folder.path, "packs"));
  mkdirSync(join(folder.path, "bob", "data"), { recursive: true });
  symlinkSync(outside.path, join(folder.path, "bob", "data", "ab"));
  symlinkSync(join(folder.path, "packs"), join(folder.path, "bob", "data", "cd"));
  symlinkSync(outside.path, join(folder.path, "bob", "keys"));
  const { troubles } = await surveyTree(folder.path, OPTIONS, SIGNAL);
  assert.deepEqual(troubles.map(({ path, reason }) => `${path} ${reason.slice(0, 36)}`).sort(), [
    "bob/data/ab is a link that leads out of the tree",
    "bob/keys is a link that leads out of the tree",
  ]);
});

test("a tree of more files than are to be looked at says so", async () => {
  await using folder = await tempFolder();
  repository(folder.path, "alice");
  assert.equal((await surveyTree(folder.path, { ...OPTIONS, files: 2 }, SIGNAL)).everyFileChecked, false);
});

test("what this user cannot read or change is told of", async () => {
  await using folder = await tempFolder();
  repository(folder.path, "alice");
  repository(folder.path, "bob");
  repository(folder.path, "closed");
  chmodSync(join(folder.path, "alice", "data", "ab", "two"), 0);
  chmodSync(join(folder.path, "bob", "keys"), 0o555);
  chmodSync(join(folder.path, "closed"), 0);
  for (const path of ["", "alice", "alice/data", "alice/data/ab", "alice/keys", "bob", "bob/data", "bob/data/ab"]) {
    chmodSync(join(folder.path, path), 0o777);
  }
  // Root may do everything: then the part of the hub's user is played by nobody.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const script = `
    import { surveyTree } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "survey-tree.ts")).href)};
    const survey = await surveyTree(${JSON.stringify(folder.path)}, ${JSON.stringify(OPTIONS)}, new AbortController().signal);
    console.log(JSON.stringify(survey));
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], {
    ...nobody,
    cwd: "/",
    timeout: 30_000,
    env: { NODE_DISABLE_COMPILE_CACHE: "1" },
  });
  const survey = JSON.parse(stdout) as Awaited<ReturnType<typeof surveyTree>>;
  const [ofOwner, ...others] = survey.troubles.map(({ path, reason }) => `${path} ${reason}`).sort();
  if (process.getuid?.() === 0) assert.match(ofOwner ?? "", /^\. belongs to user 0; what this user, 65534, adds/);
  assert.deepEqual(process.getuid?.() === 0 ? others : [ofOwner, ...others], [
    "alice/data/ab/two cannot be read (EACCES)",
    "bob/keys cannot be changed (EACCES)",
    "closed cannot be read (EACCES)",
  ]);
  assert.equal(survey.troubleCount, survey.troubles.length);
  chmodSync(join(folder.path, "closed"), 0o700);
});
