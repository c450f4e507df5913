import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { httpRequest, randomObject } from "../../../test/support/http-request.ts";

test("1.2 create: a new repository is 200, has restic's folders, and is 200 again", async () => {
  await using door = await startDoorHub();
  for (let round = 0; round < 2; round += 1) {
    const reply = await door.send("POST", "/laptop/?create=true");
    assert.deepEqual([reply.status, reply.body.length, reply.headers["content-length"]], [200, 0, "0"]);
  }
  const folder = join(door.tree, "laptop");
  assert.deepEqual(
    readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .sort(),
    ["data", "index", "keys", "locks", "snapshots"],
  );
  assert.equal(readdirSync(join(folder, "data")).length, 256);
  assert.equal(statSync(join(folder, "data", "a0")).mode & 0o777, 0o700);
});

test("1.2 create: without create=true it is 400, and nothing is made", async () => {
  await using door = await startDoorHub();
  for (const query of ["", "?create=false", "?create", "?create=TRUE", "?other=true"]) {
    assert.equal((await door.send("POST", `/laptop/${query}`)).status, 400, query);
  }
  assert.equal(existsSync(join(door.tree, "laptop")), false);
});

test("1.2 create: a missing last slash and other query parameters do no harm", async () => {
  await using door = await startDoorHub();
  assert.equal((await door.send("POST", "/laptop?create=true")).status, 200);
  assert.equal((await door.send("POST", "/nas/?a=b&create=true")).status, 200);
});

test("1.2 create: the chunked empty body of restic 0.17 and later is taken, and a large one is refused", async () => {
  await using door = await startDoorHub();
  async function* chunks(count: number) {
    for (let index = 0; index < count; index += 1) yield Buffer.alloc(1000);
  }
  assert.equal((await door.send("POST", "/laptop/?create=true", { body: chunks(0) })).status, 200);
  assert.equal((await door.send("POST", "/nas/?create=true", { body: chunks(10) })).status, 400);
});

test("1.2 create: eight folders deep is fine, and nine are not", async () => {
  await using door = await startDoorHub();
  assert.equal((await door.send("POST", "/1/2/3/4/5/6/7/8/?create=true")).status, 200);
  const tooDeep = await door.send("POST", "/1/2/3/4/5/6/7/8/9/?create=true");
  assert.deepEqual([tooDeep.status, tooDeep.reason], [404, "A repository lies at most 8 folders deep"]);
  assert.equal((await door.send("GET", "/1/data/x")).reason, "Not Found");
});

test("1.2 create: an append-only account may, a reader may not", async () => {
  await using door = await startDoorHub({ role: "read" });
  const backup = await door.addAccount("nas", { appendOnly: true });
  assert.equal((await door.send("POST", "/nas/?create=true", { credentials: backup })).status, 200);
  assert.equal((await door.send("POST", "/laptop/?create=true")).status, 403);
  assert.equal(existsSync(join(door.tree, "laptop")), false);
});

test("1.2 create, 7.2: a name that no new repository may have is 403, and one that lies there already is served", async () => {
  await using door = await startDoorHub();
  for (const target of ["/.hidden/", "/a%3Ab/", "/u%CC%88ber/", `/${"%C3%BC".repeat(65)}/`]) {
    assert.equal((await door.send("POST", `${target}?create=true`)).status, 403, target);
  }
  assert.deepEqual(existsSync(door.tree) ? readdirSync(door.tree) : [], []);
  mkdirSync(join(door.tree, ".hidden", "keys"), { recursive: true });
  assert.equal((await door.send("GET", "/.hidden/keys/")).status, 200);
  assert.equal((await door.send("POST", "/.hidden/?create=true")).status, 200);
});

test("RS-5: repositories are made at the root, one and two levels deep, a parent after its child", async () => {
  await using door = await startDoorHub();
  for (const target of ["/", "/one/", "/deep/child/", "/deep/"]) {
    assert.equal((await door.send("POST", `${target}?create=true`)).status, 200, target);
    assert.equal((await door.send("POST", `${target}config`, { body: `config of ${target}` })).status, 200, target);
  }
  for (const target of ["/", "/one/", "/deep/child/", "/deep/"]) {
    assert.equal((await door.send("GET", `${target}config`)).body.toString(), `config of ${target}`);
  }
});

test("1.2 repository: GET, HEAD and PUT are 405 and allow POST, DELETE is 501 and removes nothing", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/?create=true");
  await door.send("POST", "/laptop/config", { body: "kept" });
  for (const method of ["GET", "HEAD", "PUT", "PATCH"]) {
    for (const target of ["/laptop/", "/", "/not-made-yet/"]) {
      const reply = await door.send(method, target);
      assert.deepEqual([reply.status, reply.headers["allow"]], [405, "POST"], `${method} ${target}`);
    }
  }
  for (const target of ["/laptop/", "/"]) assert.equal((await door.send("DELETE", target)).status, 501);
  assert.equal((await door.send("GET", "/laptop/config")).body.toString(), "kept");
});

test("1.2 listing: a type that restic does not have, or one without its slash, is 404", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/?create=true");
  await door.send("POST", "/laptop/config", { body: "x" });
  for (const target of ["/laptop/packs/", "/laptop/data", "/laptop/data/ab/", "/laptop/keys"]) {
    assert.equal((await door.send("GET", target)).status, 404, target);
  }
});

test("1.2 objects: packs and config may come before the repository is created", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(100);
  assert.equal((await door.send("POST", `/fresh/data/${id}`, { body: bytes })).status, 200);
  assert.equal((await door.send("POST", "/other/config", { body: "c" })).status, 200);
  assert.deepEqual((await door.send("GET", `/fresh/data/${id}`)).body, bytes);
});

test("1.2 objects: a folder that is taken away behind our back is made again on demand", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/?create=true");
  rmSync(join(door.tree, "laptop", "data"), { recursive: true });
  const { id, bytes } = randomObject(100);
  assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
});

test("RS-15: GET of a repository is 405, its config 200, another's config 404", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/repo1/?create=true");
  await door.send("POST", "/repo1/config", { body: "x" });
  assert.equal((await door.send("GET", "/repo1/")).status, 405);
  assert.equal((await door.send("GET", "/repo1/config")).status, 200);
  assert.equal((await door.send("GET", "/repo2/config")).status, 404);
});

test("the same repository is served on the main listener under /restic/", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/config", { body: "same" });
  const main = door.hub.addresses["main"] ?? "";
  const reply = await httpRequest(main, "GET", "/restic/laptop/config", { credentials: door.credentials });
  assert.equal(reply.body.toString(), "same");
  assert.equal((await httpRequest(main, "GET", "/restic/laptop/config")).status, 401);
});

test("health and readiness answer without a login, and tell nothing", async () => {
  await using door = await startDoorHub();
  const main = door.hub.addresses["main"] ?? "";
  for (const target of ["/healthz", "/readyz"]) {
    const reply = await httpRequest(main, "GET", target);
    assert.deepEqual([reply.status, reply.body.length], [204, 0], target);
    assert.equal((await httpRequest(main, "POST", target)).status, 405);
    assert.equal((await httpRequest(main, "GET", `${target}/x`)).status, 404);
  }
});

test("the first create, and the first sight of a config that someone put there, make the repository's row", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/made/?create=true");
  mkdirSync(join(door.tree, "copied", "keys"), { recursive: true });
  await door.send("POST", "/copied/config", { body: "x" });
  const rows = await door.hub.core.database.list("listRepositories", { after: undefined, limit: 10 });
  assert.deepEqual(
    rows.map((row) => [row.path, row.home]),
    [
      ["/copied/", "main"],
      ["/made/", "main"],
    ],
  );
});
