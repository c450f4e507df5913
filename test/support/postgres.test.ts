import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, readdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { findPostgres, runSql, startPostgres } from "./postgres.ts";
import { tempFolder } from "./temp-folder.ts";

const skip = findPostgres() === undefined ? "PostgreSQL is not installed here (Debian: apt-get install postgresql)" : false;

test("a PostgreSQL of the tests syncs as a real one does, and is gone with its scope", { skip, timeout: 60_000 }, async () => {
  let url: string;
  {
    await using server = await startPostgres();
    url = await server.createDatabase();
    assert.deepEqual(await runSql(url, "show fsync"), [{ fsync: "on" }]);
  }
  await assert.rejects(runSql(url, "select 1"), /ECONNREFUSED/);
});

test("a test that is interrupted takes its PostgreSQL and its files with it", { skip, timeout: 60_000 }, async () => {
  await using folder = await tempFolder();
  await chmod(folder.path, 0o711); // the server runs as another user when we are root
  const script = `
    const { startPostgres } = await import(${JSON.stringify(fileURLToPath(new URL("./postgres.ts", import.meta.url)))});
    const server = await startPostgres();
    console.log(server.url);
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, TMPDIR: folder.path },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 50_000,
  });
  const ended = once(child, "close");
  const [url] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  await runSql(url, "select 1");
  child.kill("SIGINT");
  assert.deepEqual(await ended, [null, "SIGINT"]);
  assert.deepEqual(await readdir(folder.path), []);
  await assert.rejects(runSql(url, "select 1"), /ECONNREFUSED|terminated|shut/);
});
