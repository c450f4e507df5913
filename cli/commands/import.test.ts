import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { testEnvironment } from "../../test/clients/run-program.ts";
import { runCommand } from "../../test/support/run-command.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { describeTree } from "../../test/support/tree.ts";

const BCRYPT = "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"; // of "correct horse"
const APR1 = "$apr1$saltsalt$EGVZDNN6gOqijy.tv9axG/"; // of the same

/** A rest-server's folder with two users, a repository of one of them, and a line that cannot be taken. */
async function oldServer() {
  const folder = await tempFolder();
  const srv = join(folder.path, "srv");
  mkdirSync(join(srv, "alice", "laptop", "data", "ab"), { recursive: true });
  for (const name of ["alice/laptop/config", "alice/laptop/data/ab/pack", "private_key"]) writeFileSync(join(srv, name), name);
  writeFileSync(join(srv, ".htpasswd"), `alice:${BCRYPT}\nbob:${APR1}\ncarol:plain text\n`);
  const data = join(folder.path, "data");
  const env = testEnvironment({ HOLDFAST_DATA: data });
  const run = (...args: string[]) => runCommand({ args, cwd: folder.path, env });
  return {
    srv,
    data,
    run,
    async text(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, args.join(" "));
      return stdout;
    },
    async json(...args: string[]): Promise<unknown> {
      return JSON.parse(await this.text(...args, "--json"));
    },
    async refusal(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" }, args.join(" "));
      return stderr;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test("import rest-server --dry-run makes no data folder, changes nothing, and says in the same words what the real one then does", async () => {
  await using old = await oldServer();
  const before = await describeTree(old.srv);
  const command = ["import", "rest-server", old.srv, "--private-repos", "--append-only", "--max-size", "1000"];
  const dry = (await old.json(...command, "--dry-run")) as object;
  assert.equal(existsSync(old.data), false);
  const dryText = await old.text(...command, "--dry-run");
  assert.match(dryText, /This was a dry run: nothing was changed/);
  assert.equal(existsSync(old.data), false);

  const real = await old.json(...command);
  assert.deepEqual(real, { ...dry, dryRun: false });
  const reason = "Plain text, which everyone knows who has seen the file; set a new password: holdfast account add NAME --password-stdin";
  const grants = (name: string) => [{ path: `/${name}/`, role: "backup" }];
  assert.deepEqual(
    { ...(real as object), notes: undefined },
    {
      dryRun: false,
      tree: { folder: old.srv, at: "/restic/", action: "adopt" },
      repositories: [{ path: "/alice/laptop/", new: true, config: true }],
      accounts: [
        { name: "alice", action: "add", password: "bcrypt, cost 5", grants: grants("alice"), reason: null },
        { name: "bob", action: "add", password: "apr1 (MD5)", grants: grants("bob"), reason: null },
      ],
      hubQuotaBytes: 1000,
      skippedLines: [{ line: 3, name: "carol", reason }],
      troubles: [],
      troubleCount: 0,
      notes: undefined,
    },
  );
  assert.deepEqual(await describeTree(old.srv), before);
  assert.deepEqual(await old.json("import", "list"), [{ at: "/restic/", folder: old.srv }]);
  const listed = (await old.json("repository", "list")) as { path: string }[];
  assert.deepEqual(
    listed.map(({ path }) => path),
    ["/alice/laptop/"],
  );
  assert.match(await old.text("repository", "show", "alice/laptop"), /alice has backup by \/alice\//);
  assert.ok(!JSON.stringify(real).includes("$2y$"));
});

test("the same import again leaves accounts alone, and with --update-passwords gives them the file's passwords", async () => {
  await using old = await oldServer();
  const command = ["import", "rest-server", old.srv, "--private-repos"];
  await old.text(...command);
  const again = (await old.json(...command)) as { tree: object; accounts: { action: string; reason: string }[]; repositories: object[] };
  assert.deepEqual(again.tree, { folder: old.srv, at: "/restic/", action: "keep" });
  assert.deepEqual(
    again.accounts.map(({ action, reason }) => [action, reason]),
    Array(2).fill(["keep", "The account is there, with this password."]),
  );
  assert.deepEqual(again.repositories, [{ path: "/alice/laptop/", new: false, config: true }]);

  const text = readFileSync(join(old.srv, ".htpasswd"), "utf8");
  writeFileSync(join(old.srv, ".htpasswd"), `${text.replace(APR1, BCRYPT)}erin:${BCRYPT}\n`);
  const actions = async (...more: string[]) =>
    ((await old.json(...command, ...more)) as { accounts: { action: string }[] }).accounts.map(({ action }) => action);
  assert.deepEqual(await actions("--dry-run"), ["keep", "keep", "add"]);
  assert.deepEqual(await actions("--update-passwords"), ["keep", "update", "add"]);
  await old.text("account", "remove", "erin");
  assert.deepEqual(await actions(), ["keep", "keep", "refuse"]);
});

test("a tree that would hide backups or overlap with one is refused, and goes below a folder of its own with --at", async () => {
  await using old = await oldServer();
  await old.text("account", "add", "nas");
  mkdirSync(join(old.data, "files", "restic", "nas"), { recursive: true });
  writeFileSync(join(old.data, "files", "restic", "nas", "config"), "kept");
  const adopt = (...more: string[]) => ["import", "rest-server", old.srv, "--private-repos", ...more];
  for (const dry of [[], ["--dry-run"]]) assert.match(await old.refusal(...adopt(...dry)), /Backups lie at \/restic\/ here already/);

  const below = (await old.json(...adopt("--at", "/restic/old"))) as { accounts: { grants: object[] }[]; repositories: { path: string }[] };
  assert.deepEqual(below.accounts[0]?.grants, [{ path: "/old/alice/", role: "maintain" }]);
  assert.deepEqual(
    below.repositories.map(({ path }) => path),
    ["/old/alice/laptop/"],
  );
  const { owner } = (await old.json("repository", "show", "/old/alice/laptop")) as { owner: string };
  assert.equal(owner, "alice", "so that her quota counts it");
  assert.match(await old.refusal(...adopt("--at", "/restic/other/")), /It is adopted already: add --at \/restic\/old\//);
  for (const [at, reason] of [
    ["/other/", /--at is \/restic\//],
    ["/restic/data/", /--at is/],
    ["/restic/../x/", /--at is/],
    ["", /--at is/],
  ] as const) {
    assert.match(await old.refusal(...adopt("--at", at)), reason);
  }
  await old.text("import", "forget", "/restic/old/");
  assert.deepEqual(await old.json("import", "list"), []);
  assert.match(await old.refusal("import", "forget", "/restic/old/"), /Nothing is adopted/);
});

test("a folder that is empty, missing, no folder, or the data folder itself is refused before a data folder is made", async () => {
  await using old = await oldServer();
  const empty = join(old.srv, "empty");
  mkdirSync(empty);
  const file = join(old.srv, ".htpasswd");
  const refused = (folder: string, ...more: string[]) => old.refusal("import", "rest-server", folder, "--htpasswd", file, ...more);
  assert.match(await refused(empty), /empty; is its disk mounted/);
  assert.match(await refused(join(old.srv, "none")), /cannot be read/);
  assert.match(await refused(file), /cannot be read/);
  assert.match(await refused(join(old.data, "..")), /may not lie in one another/);
  assert.match(await old.refusal("import", "rest-server", empty), /There is no .*empty\/\.htpasswd; name it/);
  assert.match(await old.refusal("import", "rest-server", old.srv, "--htpasswd", join(old.srv, "none")), /none cannot be read/);
  assert.match(await old.refusal("import", "rest-server", old.srv, "--no-auth", "--private-repos"), /does not go with --no-auth/);
  assert.equal(existsSync(old.data), false);
  assert.equal((await old.run("import", "rest-server", old.srv, "--max-size", "1G")).code, 2);
});

test("--no-auth makes one account without a password and says how requests without a login reach it", async () => {
  await using old = await oldServer();
  const { accounts, notes } = (await old.json("import", "rest-server", old.srv, "--no-auth")) as { accounts: object[]; notes: string[] };
  const grants = [{ path: "/", role: "maintain" }];
  assert.deepEqual(accounts, [{ name: "anyone", action: "add", password: null, grants, reason: null }]);
  assert.match(notes.join("\n"), /--no-auth-restic anyone/);
});

test("import htpasswd alone gives each user its own folder, or with --shared everything, and says so", async () => {
  await using old = await oldServer();
  const file = join(old.srv, ".htpasswd");
  const shared = (await old.json("import", "htpasswd", file, "--shared", "--dry-run")) as {
    notes: string[];
    accounts: { grants: object[] }[];
  };
  assert.deepEqual(shared.accounts[0]?.grants, [{ path: "/", role: "maintain" }]);
  assert.match(shared.notes.join("\n"), /Every new account may read and change and delete every repository below \//);
  const own = (await old.json("import", "htpasswd", file)) as { tree: unknown; accounts: { grants: object[] }[] };
  assert.equal(own.tree, null);
  assert.deepEqual(own.accounts[1]?.grants, [{ path: "/bob/", role: "maintain" }]);
});
