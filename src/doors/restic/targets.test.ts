import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { basic, randomObject } from "../../../test/support/http-request.ts";
import { rawRequest } from "../../../test/support/raw-request.ts";

const CLIMBING = [
  "/alice/../bob/config",
  "/alice/%2e%2e/bob/config",
  "/alice/.%2E/bob/config",
  "/alice%2f..%2fbob/config",
  "/alice/..%2fbob/config",
  "/alice/..%5cbob/config",
  "/alice\\..\\bob/config",
  "/../bob/config",
  "/..",
  "/.",
  "//config",
  "//bob/config",
  "/alice//config",
  "/alice/./config",
  "/alice%2fconfig",
  "/alice/config%00",
  "/alice/%5cconfig",
  "/alice/%0aconfig",
  "/alice/%c0%ae%c0%ae/bob/config",
  "/alice/%zz/config",
  "/alice/%",
  "/bob/config#",
  "http://localhost/alice/../bob/config",
  "http://localhost//bob/config",
];

test("7.2, CVE-2026-59733, GHSA-45pq-889g-fcgh, rclone: no spelling of a path leaves the account's own, for any method; each is 404", async () => {
  await using door = await startDoorHub();
  const alice = await door.addAccount("alice");
  await door.addAccount("bob");
  await door.send("POST", "/bob/config", { body: "bob's" });
  await door.send("POST", "/config", { body: "the root's" });
  for (const target of CLIMBING) {
    for (const method of ["GET", "POST", "DELETE"]) {
      const reply = await rawRequest(door.url, `${method} ${target} HTTP/1.1`, [`Authorization: ${basic(alice)}`, "Content-Length: 0"]);
      assert.ok([404, 400].includes(reply.status), `${method} ${target}: ${reply.status}`);
      assert.doesNotMatch(reply.text, /bob's|the root's/);
    }
  }
  assert.equal((await door.send("GET", "/bob/config")).body.toString(), "bob's");
  assert.equal((await door.send("GET", "/config")).body.toString(), "the root's");
});

test("7.2, 0#13: a path that other servers would tidy up is 404 and never a redirect", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/r1/config", { body: "x" });
  for (const target of ["//config", "/r1//config", "/r1/./config", "/r1/../r1/config", "/r1/config/", "/r1/keys"]) {
    const reply = await door.send("GET", target);
    assert.deepEqual([reply.status, reply.headers.location], [404, undefined], target);
  }
});

test("7.2: the path of an absolute target counts, an asterisk is 405", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/r1/config", { body: "found" });
  const auth = `Authorization: ${basic(door.credentials)}`;
  const absolute = await rawRequest(door.url, `GET http://localhost/r1/config HTTP/1.1`, [auth]);
  assert.match(absolute.text, /found/);
  assert.equal((await rawRequest(door.url, "OPTIONS * HTTP/1.1", [auth])).status, 405);
});

test("7.2: a repository's name may have spaces, Unicode and a leading dot where it lies already", async () => {
  await using door = await startDoorHub();
  for (const target of ["/My%20Photos/", "/%E6%97%A5%E6%9C%AC/", "/caf%C3%A9+1/"]) {
    assert.equal((await door.send("POST", `${target}?create=true`)).status, 200, target);
    assert.equal((await door.send("GET", `${target}keys/`)).status, 200, target);
  }
});

test("the hub's own folders are no names at this door", async () => {
  await using door = await startDoorHub();
  await door.send("POST", "/laptop/config", { body: "x" });
  writeFileSync(join(door.tree, "laptop", ".hub-tmp", "config"), "hidden");
  for (const target of ["/laptop/.hub-tmp/config", "/laptop/.HUB-TMP/config", "/.hub-x/config", "/laptop/%2ehub-tmp/config"]) {
    for (const method of ["GET", "POST", "DELETE"]) assert.equal((await door.send(method, target)).status, 404, `${method} ${target}`);
  }
});

test("HB-9: whatever the target, there is no 5xx, no 3xx, and nothing of another account", async () => {
  await using door = await startDoorHub();
  const alice = await door.addAccount("alice");
  await door.addAccount("bob");
  await door.send("POST", "/bob/config", { body: "bob's own bytes" });
  const piece = fc.oneof(
    fc.constantFrom(
      "alice",
      "bob",
      "config",
      "data",
      "keys",
      "..",
      ".",
      "%2e",
      "%2E%2e",
      "%2f",
      "%5c",
      "\\",
      "%00",
      "%",
      "%zz",
      ".hub-tmp",
      "?",
      "#",
      ";",
      "%C3%BC",
      "a".repeat(64),
    ),
    fc.string({ unit: "binary", maxLength: 8 }).map((text) => encodeURIComponent(text.toWellFormed())),
    fc.string({ unit: "binary-ascii", maxLength: 8 }).map((text) => text.replace(/[^!-~]/g, "~")),
    fc.constant("x".repeat(2000)),
  );
  const target = fc
    .tuple(
      fc.constantFrom("/", "//", "/alice/", "/../", "http://localhost/"),
      fc.array(piece, { maxLength: 6 }),
      fc.constantFrom("/", "", "//", "/../"),
    )
    .map(([start, pieces, between]) => start + pieces.join(between));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("GET", "HEAD", "POST", "DELETE"), target, async (method, raw) => {
      const reply = await rawRequest(door.url, `${method} ${raw} HTTP/1.1`, [`Authorization: ${basic(alice)}`, "Content-Length: 0"]);
      assert.ok(reply.status < 300 || (reply.status >= 400 && reply.status < 500) || reply.status === 501, `${reply.status}`);
      assert.doesNotMatch(reply.text, /bob's own bytes/);
    }),
    { numRuns: 1500 },
  );
  assert.equal((await door.send("GET", "/bob/config")).body.toString(), "bob's own bytes");
});

test("a DELETE that is sent right behind the POST of an object removes it, and one behind a closing answer removes nothing", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(1000);
  const { host, hostname, port } = new URL(door.url);
  const auth = `Host: ${host}\r\nAuthorization: ${basic(door.credentials)}\r\n`;
  const pipeline = async (...requests: (string | Uint8Array)[]) => {
    const socket = connect(Number(port), hostname);
    socket.write(Buffer.concat(requests.map((request) => Buffer.from(request))));
    return Buffer.concat(await socket.toArray()).toString("latin1");
  };
  const post = `POST /laptop/data/${id} HTTP/1.1\r\n${auth}Content-Length: ${bytes.length}\r\n\r\n`;
  const remove = `DELETE /laptop/data/${id} HTTP/1.1\r\n${auth}`;
  await pipeline(post, bytes, `${remove}Connection: close\r\n\r\n`);
  assert.equal((await door.send("GET", `/laptop/data/${id}`)).status, 404);

  await door.send("POST", `/laptop/data/${id}`, { body: bytes });
  const text = await pipeline(`GET /laptop/config HTTP/1.1\r\n${auth}Content-Length: 5\r\nConnection: close\r\n\r\nhello`, `${remove}\r\n`);
  assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1);
  assert.deepEqual((await door.send("GET", `/laptop/data/${id}`)).body, bytes);
});

test("a client that goes away with requests in the pipeline leaves none of them under way", async () => {
  await using door = await startDoorHub({ flags: { "limits.requestsPerAccount": "2" } });
  const large = randomObject(12_000_000);
  await door.send("POST", `/laptop/data/${large.id}`, { body: large.bytes });
  const small = randomObject(100);
  const { host, hostname, port } = new URL(door.url);
  const auth = `Host: ${host}\r\nAuthorization: ${basic(door.credentials)}\r\n`;
  for (let round = 0; round < 12; round += 1) {
    const socket = connect(Number(port), hostname).on("error", () => undefined);
    socket.pause();
    socket.write(`GET /laptop/data/${large.id} HTTP/1.1\r\n${auth}\r\n`);
    socket.write(`POST /laptop/keys/${small.id} HTTP/1.1\r\n${auth}Content-Length: 100\r\n\r\n`);
    socket.write(small.bytes);
    await new Promise((resolve) => setTimeout(resolve, 5 + round));
    socket.resetAndDestroy();
  }
  const deadline = performance.now() + 10_000;
  while ((await door.send("GET", "/laptop/config")).status === 503) {
    assert.ok(performance.now() < deadline, "requests of clients that have gone are still under way");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
