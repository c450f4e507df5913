import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { testEnvironment } from "../../test/clients/run-program.ts";
import { runCommand } from "../../test/support/run-command.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";

test("a token is made in a folder that is not there yet, listed, disabled, enabled and removed", async () => {
  await using folder = await tempFolder();
  const env = testEnvironment({ HOLDFAST_DATA: join(folder.path, "data") });
  const run = (...args: string[]) => runCommand({ args, cwd: folder.path, env });
  const json = async (...args: string[]) => JSON.parse((await run(...args, "--json")).stdout) as unknown;

  const text = (await run("token", "add", "grafana", "--scope", "metrics", "read", "--expires", "90d")).stdout;
  const secret = /^ {2}(?<it>hf_[A-Za-z0-9_-]{27})$/m.exec(text)?.groups?.["it"] ?? "";
  assert.ok(secret !== "", text);
  assert.match(text, /scopes metrics, read\. It expires at \d{4}-/);
  const made = (await json("token", "add", "ci", "--scope", "admin")) as Record<string, unknown>;
  assert.deepEqual({ ...made, token: typeof made["token"] }, { name: "ci", scopes: ["admin"], expiresAt: null, token: "string" });

  const listed = (await json("token", "list")) as Record<string, unknown>[];
  assert.deepEqual(
    listed.map(({ name, scopes, disabled, lastUsedAt }) => [name, scopes, disabled, lastUsedAt]),
    [
      ["ci", ["admin"], false, null],
      ["grafana", ["metrics", "read"], false, null],
    ],
  );
  assert.ok(!JSON.stringify(listed).includes(secret));
  assert.deepEqual(await json("token", "disable", "CI"), { name: "CI", disabled: true });
  assert.match((await run("token", "list")).stdout, /^ci {2,}admin {2,}disabled \d{4}/m);
  assert.deepEqual(await json("token", "enable", "ci"), { name: "ci", disabled: false });
  assert.deepEqual(await json("token", "remove", "ci"), { name: "ci", removed: true });
});

test("a token that cannot be made is refused with a sentence", async () => {
  await using folder = await tempFolder();
  const env = testEnvironment({ HOLDFAST_DATA: join(folder.path, "data") });
  for (const [args, code, said] of [
    [["remove", "ci"], 1, /There is no Holdfast at/],
    [["add", "x", "--scope", "read", "--expires", "2020-01-01"], 1, /in the past/],
    [["add", "x"], 2, /--scope/],
    [["add", "x", "--scope", "root"], 2, /Allowed choices/],
  ] as const) {
    const refused = await runCommand({ args: ["token", ...args], cwd: folder.path, env });
    assert.equal(refused.code, code, args.join(" "));
    assert.match(refused.stderr, said);
  }
});
