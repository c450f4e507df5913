import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { httpRequest, randomObject } from "./support/http-request.ts";
import { findPostgres, startPostgres } from "./support/postgres.ts";
import { startHub } from "./support/start-hub.ts";

const skip = findPostgres() === undefined && "PostgreSQL is not installed here";

test("a hub on PostgreSQL takes backups, and a change beside it works within a second", { skip }, async () => {
  await using server = await startPostgres();
  await using hub = await startHub({ env: { HOLDFAST_DATABASE_URL: server.url } });
  const { password } = await hub.addAccount("laptop");
  const credentials = { login: "laptop", secret: password };
  const { id, bytes } = randomObject(100_000);
  const target = `/laptop/data/${id}`;
  assert.equal((await httpRequest(hub.url.restic, "POST", "/laptop/?create=true", { credentials })).status, 200);
  assert.equal((await httpRequest(hub.url.restic, "POST", target, { credentials, body: bytes })).status, 200);
  assert.deepEqual((await httpRequest(hub.url.restic, "GET", target, { credentials })).body, bytes);
  assert.match((await hub.cli(["repository", "list"])).stdout, /\/laptop\//);
  assert.equal(existsSync(join(hub.data, "holdfast.sqlite")), false);

  await hub.cli(["account", "disable", "laptop"]);
  const disabledAt = performance.now();
  while ((await httpRequest(hub.url.restic, "GET", target, { credentials })).status !== 403) {
    assert.ok(performance.now() - disabledAt < 5000, "the account still gets in");
  }
  const config = (await hub.cli(["config", "--json"])).stdout;
  assert.equal(config.includes(new URL(server.url).password), false);
});
