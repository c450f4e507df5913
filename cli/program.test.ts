import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runProgram, testEnvironment } from "../test/clients/run-program.ts";
import { tempFolder } from "../test/support/temp-folder.ts";

const MAIN = join(import.meta.dirname, "main.ts");

/** Runs `holdfast <args>` in `cwd`, over a data folder below it. */
async function holdfast(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const environment = testEnvironment({ HOLDFAST_DATA: join(cwd, "data"), ...env });
  return await runProgram({ program: process.execPath, args: [MAIN, ...args], cwd, env: environment, timeoutMs: 30_000 });
}

test("help and version answer on standard output with exit code 0", async () => {
  await using folder = await tempFolder();
  const help = await holdfast(folder.path, ["--help"]);
  assert.equal(help.code, 0);
  for (const word of ["serve", "doctor", "config", "account", "repository", "grant", "--data", "--json"])
    assert.match(help.stdout, new RegExp(word));
  assert.match((await holdfast(folder.path, ["account", "add", "--help"])).stdout, /--append-only/);
  assert.match((await holdfast(folder.path, ["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test("wrong usage is exit code 2, with the reason on standard error and nothing on standard output", async () => {
  await using folder = await tempFolder();
  const wrong: [args: string[], reason: RegExp][] = [
    [[], /Usage: holdfast/],
    [["acount", "list"], /unknown command 'acount'[\s\S]*Did you mean account\?/],
    [["account", "ad", "x"], /unknown command 'ad'/],
    [["account", "add"], /missing required argument 'name'/],
    [["account", "add", "a", "b"], /too many arguments/],
    [["grant", "add", "laptop", "/"], /required option '--role <role>' not specified/],
    [["grant", "add", "laptop", "/", "--role", "owner"], /Allowed choices are read, backup, maintain, admin/],
    [["config", "--listen-restc", "off"], /unknown option '--listen-restc'[\s\S]*Did you mean --listen-restic\?/],
  ];
  for (const [args, reason] of wrong) {
    const { code, stdout, stderr } = await holdfast(folder.path, args);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" }, args.join(" "));
    assert.match(stderr, reason);
  }
});

test("a wrong configuration is exit code 1 and one line for each problem, without a stack", async () => {
  await using folder = await tempFolder();
  const { code, stdout, stderr } = await holdfast(folder.path, ["config", "--log-level", "loud"], { HOLDFAST_LISTN_MAIN: "off" });
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.deepEqual(stderr.trimEnd().split("\n"), [
    "holdfast: HOLDFAST_LISTN_MAIN: nothing is called so; did you mean HOLDFAST_LISTEN_MAIN? (environment)",
    "holdfast: log.level: must be debug, info, warn or error (--log-level)",
  ]);
});

test("config prints each value and where it came from, flags on either side of the command", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "hub.yaml");
  await writeFile(file, "log:\n  level: warn\n");
  const env = { HOLDFAST_CONFIG: "hub.yaml", HOLDFAST_DATABASE_URL: "postgres://hub:secret@localhost/hub" };
  const { stdout, code } = await holdfast(folder.path, ["--listen-main", "off", "config", "--tls-restic-enabled"], env);
  assert.equal(code, 0);
  const lines = new Map(stdout.split("\n").map((line) => [line.split(/\s+/)[0], line.split(/\s+/).slice(1)]));
  assert.deepEqual(lines.get("listen.main"), ["off", "--listen-main"]);
  assert.deepEqual(lines.get("tls.restic.enabled"), ["true", "--tls-restic-enabled"]);
  assert.deepEqual(lines.get("log.level"), ["warn", `${file}:2`]);
  assert.deepEqual(lines.get("data"), [join(folder.path, "data"), "HOLDFAST_DATA"]);
  assert.deepEqual(lines.get("databaseUrl"), ["postgres://hub:***@localhost/hub", "HOLDFAST_DATABASE_URL"]);

  const json = await holdfast(folder.path, ["config", "--json"], env);
  const shown = JSON.parse(json.stdout) as { file: string; settings: { key: string; value: unknown; origin: string }[] };
  assert.equal(shown.file, file);
  assert.deepEqual(
    shown.settings.find(({ key }) => key === "limits.repositoryDepth"),
    {
      key: "limits.repositoryDepth",
      value: 8,
      origin: "default",
    },
  );
  assert.ok(!json.stdout.includes("secret"));
});

test("config schema prints the published schema", async () => {
  await using folder = await tempFolder();
  const { stdout } = await holdfast(folder.path, ["config", "schema"]);
  const { default: published } = await import("../docs/config.schema.json", { with: { type: "json" } });
  assert.deepEqual(JSON.parse(stdout), published);
});

test("a value that would steer the terminal is printed escaped", async () => {
  await using folder = await tempFolder();
  const { stdout } = await holdfast(folder.path, ["config", "--data", "a\u001b[2Jb"]);
  assert.match(stdout, /a\\u001b\[2Jb/);
  assert.ok(!stdout.includes("\u001b"));
});

test("a reader that has seen enough ends the program without a word", async () => {
  await using folder = await tempFolder();
  const env = testEnvironment({ HOLDFAST_DATA: join(folder.path, "data") });
  const child = spawn(process.execPath, [MAIN, "config"], { cwd: folder.path, env, stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
  child.stdout.destroy();
  const said: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  assert.deepEqual(await once(child, "close"), [0, null]);
  assert.equal(Buffer.concat(said).toString(), "");
});
