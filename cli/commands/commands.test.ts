import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { testEnvironment } from "../../test/clients/run-program.ts";
import { runCommand } from "../../test/support/run-command.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";

const MAIN = join(import.meta.dirname, "../main.ts");
const HUB = { HOLDFAST_LISTEN_MAIN: "127.0.0.1:0", HOLDFAST_LISTEN_RESTIC: "127.0.0.1:0" };

/** A data folder without a hub beside it, and the command line over it. */
async function commandLine() {
  const folder = await tempFolder();
  const env = testEnvironment({ HOLDFAST_DATA: join(folder.path, "data") });
  const run = (args: readonly string[], { stdin, ...more }: NodeJS.ProcessEnv = {}) =>
    runCommand({ args, cwd: folder.path, env: { ...env, ...more }, stdin, alone: stdin !== undefined || args[0] === "serve" });
  return {
    folder: folder.path,
    data: join(folder.path, "data"),
    env,
    run,
    /** The lines it says; fails unless it ends with 0 and says nothing on standard error. */
    async lines(...args: string[]): Promise<string[]> {
      const { code, stdout, stderr } = await run(args);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, args.join(" "));
      return stdout.trimEnd().split("\n");
    },
    async json(...args: string[]): Promise<unknown> {
      const { code, stdout, stderr } = await run([...args, "--json"]);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, args.join(" "));
      return JSON.parse(stdout);
    },
    /** What it says on standard error when it refuses. */
    async refusal(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await run(args);
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" }, args.join(" "));
      assert.match(stderr, /^holdfast: [^\n]+\n$/);
      return stderr;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test("account add shows password, URL and the next commands once, without a hub and in a folder that it makes", async () => {
  await using holdfast = await commandLine();
  const text = (await holdfast.lines("account", "add", "laptop")).join("\n");
  const password = /password {2}(?<it>\S+)/.exec(text)?.groups?.["it"] ?? "";
  assert.ok(password.length >= 20);
  assert.ok(text.includes(`export RESTIC_REPOSITORY=rest:http://laptop:${password}@127.0.0.1:8000/laptop/`));
  assert.match(text, /not shown again/);
  assert.equal((await stat(holdfast.data)).mode & 0o777, 0o700);
  assert.ok(!JSON.stringify(await holdfast.json("account", "show", "laptop")).includes(password));
});

test("account add --json gives name, password and a URL that restic takes", async () => {
  await using holdfast = await commandLine();
  const added = (await holdfast.json("account", "add", "laptop", "--append-only")) as Record<string, string>;
  const { password = "" } = added;
  const url = `http://laptop:${password}@127.0.0.1:8000/laptop/`;
  assert.deepEqual(added, { name: "laptop", login: "laptop", password, url, path: "/laptop/", role: "backup" });
});

test("a password of one's own comes in on standard input and is checked", async () => {
  await using holdfast = await commandLine();
  const add = async (stdin: string) => await holdfast.run(["account", "add", "nas", "--password-stdin", "--json"], { stdin });
  assert.match((await add("")).stderr, /^holdfast: No password came on standard input\n$/);
  assert.match((await add("short\n")).stderr, /^holdfast: A password needs at least 8 characters\n$/);
  assert.match((await add("x".repeat(100_000))).stderr, /^holdfast: The password is too long\n$/);
  const added = await add("correct horse / battery\r\nsecond line\n");
  assert.equal(added.code, 0, added.stderr);
  assert.deepEqual(JSON.parse(added.stdout).password, "correct horse / battery");
  assert.equal(new URL(JSON.parse(added.stdout).url).password, "correct%20horse%20%2F%20battery");
});

test("an account is listed, shown, disabled, enabled, given a new password and removed", async () => {
  await using holdfast = await commandLine();
  assert.match(await holdfast.refusal("account", "list"), /There is no Holdfast at/);
  assert.equal(existsSync(holdfast.data), false);
  await holdfast.lines("repository", "add", "shared");
  assert.match((await holdfast.run(["account", "list"])).stderr, /No account yet/);
  assert.deepEqual(await holdfast.json("account", "list"), []);
  const added = (await holdfast.json("account", "add", "laptop")) as { password: string };
  await holdfast.lines("account", "add", "nas");

  const list = await holdfast.lines("account", "list");
  assert.deepEqual(
    list.map((line) => line.split(/\s{2,}/).slice(0, 3)),
    [
      ["NAME", "LOGINS", "STATE"],
      ["laptop", "laptop", "active"],
      ["nas", "nas", "active"],
    ],
  );
  assert.match((await holdfast.lines("account", "disable", "laptop")).join(), /can no longer sign in. Its repositories stay on the disk/);
  const shown = (await holdfast.json("account", "show", "laptop")) as Record<string, unknown>;
  assert.equal(shown["disabled"], true);
  assert.deepEqual(shown["grants"], [{ path: "/laptop/", role: "maintain" }]);
  assert.match((await holdfast.lines("account", "list"))[1] ?? "", /disabled \d{4}-\d\d-\d\d/);
  await holdfast.lines("account", "enable", "laptop");
  const rotated = (await holdfast.json("account", "rotate", "laptop")) as { login: string; password: string };
  assert.equal(rotated.login, "laptop");
  assert.notEqual(rotated.password, added.password);

  assert.match((await holdfast.lines("account", "remove", "laptop")).join(), /repositories stay on the disk/);
  assert.equal((await holdfast.lines("account", "list")).length, 2);
  assert.match(await holdfast.refusal("account", "add", "LAPTOP"), /laptop/i);
});

test("what cannot be done is one line and exit code 1", async () => {
  await using holdfast = await commandLine();
  await holdfast.lines("account", "add", "somebody");
  const refused: [args: string, reason: RegExp][] = [
    ...["show", "rotate", "disable", "enable", "remove"].map((verb): [string, RegExp] => [`account ${verb} nobody`, /nobody/]),
    ["account add keys", /"keys" is a word of restic's own/],
    ["account add a/b", /letters, digits and _ - \. @/],
    ["repository show nowhere", /There is no repository at \/nowhere\//],
    ["repository add a/../b", /cannot be the path of a repository/],
    ["repository add laptop/data", /"data" is a word of restic's own/],
    ["grant add nobody / --role read", /nobody/],
    ["grant remove nobody /", /nobody/],
  ];
  for (const [args, reason] of refused) assert.match(await holdfast.refusal(...args.split(" ")), reason);
});

test("grants are added, listed by account and path, replaced and removed", async () => {
  await using holdfast = await commandLine();
  await holdfast.lines("account", "add", "laptop");
  await holdfast.lines("grant", "add", "laptop", "shared/photos", "--role", "read");
  await holdfast.lines("grant", "add", "laptop", "/shared/photos/", "--role", "backup");
  const own = { account: "laptop", path: "/laptop/", role: "maintain" };
  const shared = { account: "laptop", path: "/shared/photos/", role: "backup" };
  assert.deepEqual(await holdfast.json("grant", "list", "--account", "laptop"), [own, shared]);
  assert.deepEqual(await holdfast.json("grant", "list", "--path", "shared/photos"), [shared]);
  assert.match((await holdfast.lines("grant", "list"))[2] ?? "", /^laptop {3}\/shared\/photos\/ {2}backup$/);
  await holdfast.lines("grant", "remove", "laptop", "shared/photos");
  assert.deepEqual(await holdfast.json("grant", "list"), [own]);
});

test("an empty path, from a misspelt variable say, means nothing; everything is written /", async () => {
  await using holdfast = await commandLine();
  await holdfast.lines("account", "add", "laptop");
  assert.match(await holdfast.refusal("grant", "add", "laptop", "", "--role", "admin"), /A path is missing; \/ alone means everything/);
  assert.match(await holdfast.refusal("repository", "add", ""), /A path is missing/);
  await holdfast.lines("grant", "add", "laptop", "/", "--role", "admin");
});

test("a repository is added, listed and shown", async () => {
  await using holdfast = await commandLine();
  await holdfast.lines("account", "add", "laptop");
  assert.match((await holdfast.run(["repository", "list"])).stderr, /None seen yet/);
  await holdfast.lines("repository", "add", "laptop/photos");
  assert.match((await holdfast.lines("repository", "list"))[1] ?? "", /^\/laptop\/photos\/ {2}main {2}\d{4}-\d\d-\d\d$/);
  const shown = (await holdfast.json("repository", "show", "/laptop/photos/")) as Record<string, unknown>;
  assert.deepEqual(shown["path"], "/laptop/photos/");
  assert.deepEqual(
    shown["objects"],
    Object.fromEntries(["data", "keys", "locks", "snapshots", "index"].map((type) => [type, { count: 0, sizeBytes: 0 }])),
  );
  assert.deepEqual(shown["grants"], [{ account: "laptop", path: "/laptop/", role: "maintain" }]);
  assert.match((await holdfast.lines("repository", "show", "laptop/photos")).join("\n"), /grant {4}laptop has maintain by \/laptop\//);
});

test("doctor looks at everything without making anything, and ends with 1 when something is wrong", async () => {
  await using holdfast = await commandLine();
  const lines = (await holdfast.run(["doctor"], HUB)).stdout;
  for (const check of [
    "config",
    "data folder",
    "free space",
    "database",
    "listener main",
    "listener restic",
    "listener restbackup",
    "clock",
    "node",
    "restic",
  ]) {
    assert.match(lines, new RegExp(`^${check} {2}`, "m"));
  }
  assert.ok(!existsSync(holdfast.data));

  await holdfast.lines("account", "add", "laptop");
  const checks = (await holdfast.json(
    "doctor",
    "--listen-main",
    "off",
    "--listen-restic",
    "127.0.0.1:0",
    "--listen-restbackup",
    "off",
  )) as {
    name: string;
    status: string;
    what: string;
  }[];
  assert.equal(checks.find(({ name }) => name === "database")?.status, "ok");
  assert.match(checks.find(({ name }) => name === "sync")?.what ?? "", /one fsync takes/);

  const wrong = await holdfast.run(["doctor", "--listen-main", ":9898", "--json"]);
  assert.equal(wrong.code, 1);
  const problem = (JSON.parse(wrong.stdout) as { name: string; status: string; advice: string }[]).find(({ status }) => status === "wrong");
  assert.deepEqual([problem?.name, problem?.advice], ["config", "look at --listen-main"]);
});

test("doctor finds a database that cannot be opened", async () => {
  await using holdfast = await commandLine();
  await mkdir(join(holdfast.data, "holdfast.sqlite"), { recursive: true });
  const { code, stdout } = await holdfast.run(["doctor", "--json"], HUB);
  assert.equal(code, 1);
  const check = (JSON.parse(stdout) as { name: string; status: string; what: string }[]).find(({ name }) => name === "database");
  assert.deepEqual([check?.status, check?.what], ["wrong", "The database file cannot be opened"]);
});

test("beside a running hub the command line works, knows its address, and a disable counts with the next request", async () => {
  await using holdfast = await commandLine();
  await using hub = await serving(holdfast.env);
  const { url, password } = (await holdfast.json("account", "add", "laptop")) as { url: string; password: string };
  assert.equal(url, `http://laptop:${password}@${new URL(hub.restic).host}/laptop/`);
  assert.equal(await status(url, "POST", "?create=true"), 200);
  assert.match((await holdfast.lines("repository", "list"))[1] ?? "", /^\/laptop\//);
  assert.match((await holdfast.run(["doctor"], HUB)).stdout, /held by the running hub \(process \d+\)/);

  await holdfast.lines("account", "disable", "laptop");
  assert.equal(await status(url, "HEAD", "config"), 403);
  await holdfast.lines("account", "enable", "laptop");
  assert.equal(await status(url, "HEAD", "config"), 404);
  await holdfast.lines("account", "rotate", "laptop");
  assert.equal(await status(url, "HEAD", "config"), 401);
});

test("serve ends with 0 when it is told to stop, and with 1 and a sentence beside a hub on the same data", async () => {
  await using holdfast = await commandLine();
  await using hub = await serving(holdfast.env);
  const second = await holdfast.run(["serve"], HUB);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /^holdfast: Another Holdfast .*already works on /);
  assert.equal(await hub.stop(), 0);
  assert.equal(existsSync(join(holdfast.data, "holdfast.run.json")), false);
});

/** `holdfast serve` in a process of its own, once it has said where it listens. */
async function serving(env: NodeJS.ProcessEnv) {
  const args = [MAIN, "serve", "--log-format", "json"];
  const child = spawn(process.execPath, args, { env: { ...env, ...HUB }, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const ready = Promise.withResolvers<{ restic: string }>();
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    const line = said.split("\n").find((text) => text.includes('"ready"') && text.endsWith("}"));
    if (line !== undefined) ready.resolve(JSON.parse(line).listeners);
  });
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  closed.then(() => ready.reject(new Error(`the hub did not start: ${said}`)), ready.reject);
  const { restic } = await ready.promise;
  const stop = async () => {
    child.kill("SIGTERM");
    return (await closed)[0];
  };
  return { restic, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

async function status(url: string, method: string, rest: string): Promise<number> {
  const { origin, pathname, username, password } = new URL(url);
  const authorization = `Basic ${Buffer.from(`${username}:${decodeURIComponent(password)}`).toString("base64")}`;
  const reply = await fetch(`${origin}${pathname}${rest}`, { method, headers: { authorization }, signal: AbortSignal.timeout(10_000) });
  await reply.arrayBuffer();
  return reply.status;
}

test("a quota is set for one scope, listed with what is used, shown, and taken away", async () => {
  await using holdfast = await commandLine();
  await holdfast.lines("account", "add", "laptop");
  await holdfast.lines("repository", "add", "laptop/photos");
  assert.match((await holdfast.run(["quota", "list"])).stderr, /No quota is set/);
  assert.deepEqual(await holdfast.lines("quota", "set", "--account", "laptop", "--soft", "800MB", "--hard", "1GiB"), [
    "Quota of account laptop: soft 762.9 MiB, hard 1.0 GiB. It counts from the next upload on.",
  ]);
  await holdfast.lines("quota", "set", "--hub", "--hard", "2T");
  assert.deepEqual(await holdfast.json("quota", "set", "--repository", "laptop/photos", "--hard", "20M"), {
    scope: "repository",
    repository: "laptop/photos",
    softBytes: null,
    hardBytes: 20_971_520,
  });
  const account = { scope: "account", account: "laptop", usedBytes: 0, softBytes: 800_000_000, hardBytes: 1_073_741_824 };
  assert.deepEqual(await holdfast.json("quota", "list"), [
    account,
    { scope: "hub", usedBytes: 0, softBytes: null, hardBytes: 2 ** 41 },
    { scope: "repository", repository: "/laptop/photos/", usedBytes: 0, softBytes: null, hardBytes: 20_971_520 },
  ]);
  assert.deepEqual(await holdfast.json("quota", "show", "--account", "LAPTOP"), { ...account, drawnBytes: 0, uncountedRepositories: 0 });
  assert.match(
    (await holdfast.lines("repository", "show", "laptop/photos")).join("\n"),
    /owner {4}laptop\n.*\nquota {4}soft none, hard 20\.0 MiB/,
  );
  assert.match((await holdfast.lines("repository", "recount", "laptop/photos")).join(), /is counted: 0 B in 0 objects/);
  await holdfast.lines("quota", "set", "--account", "laptop", "--soft", "none", "--hard", "none");
  assert.deepEqual(((await holdfast.json("quota", "list")) as unknown[]).length, 2);
});

test("a quota without a scope, a limit, a size or an account is refused with what is missing", async () => {
  await using holdfast = await commandLine();
  await holdfast.lines("repository", "add", "shared");
  assert.match(await holdfast.refusal("quota", "set", "--hard", "1G"), /Name one of --repository/);
  assert.match(await holdfast.refusal("quota", "set", "--hub", "--account", "laptop", "--hard", "1G"), /Name one of --repository/);
  assert.match(await holdfast.refusal("quota", "set", "--hub"), /needs a soft limit, a hard limit or both/);
  assert.match(await holdfast.refusal("quota", "set", "--hub", "--hard", "much"), /"much" is no size/);
  assert.match(await holdfast.refusal("quota", "set", "--account", "nobody", "--hard", "1G"), /no account called nobody/);
  assert.match(await holdfast.refusal("quota", "show", "--account", "nobody"), /There is no account of that name/);
  assert.match(await holdfast.refusal("repository", "recount", "nowhere"), /There is no repository at/);
});
