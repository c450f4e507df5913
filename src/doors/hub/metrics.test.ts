import assert from "node:assert/strict";
import { test } from "node:test";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { httpRequest, randomObject } from "../../../test/support/http-request.ts";

test("reads are counted under rest-server's names and labels: what was sent, and no config", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(1000);
  await door.send("POST", "/laptop/photos/config", { body: "config" });
  await door.send("POST", `/laptop/photos/data/${id}`, { body: bytes });
  await door.send("GET", "/laptop/photos/config");
  await door.send("HEAD", `/laptop/photos/data/${id}`);
  await door.send("GET", `/laptop/photos/data/${id}`, { headers: { range: "bytes=0-9" } });
  await door.send("GET", `/laptop/photos/data/${id}`);

  const { status, headers, body } = await httpRequest(door.hub.addresses["main"] ?? "", "GET", "/metrics");
  assert.deepEqual([status, headers["content-type"]], [200, "text/plain; version=0.0.4; charset=utf-8"]);
  const lines = body.toString().split("\n");
  const labels = '{user="laptop",repo="laptop/photos",type="data"}';
  for (const line of [`rest_server_blob_read_total${labels} 2`, `rest_server_blob_read_bytes_total${labels} 1010`]) {
    assert.ok(lines.includes(line), line);
  }
  assert.ok(lines.some((line) => line.startsWith("process_resident_memory_bytes ")));
});

test("metrics are told to this machine alone, and not through a proxy on it", async () => {
  await using door = await startDoorHub({ flags: { "publicUrl.main": "https://backup.example.org" } });
  const main = door.hub.addresses["main"] ?? "";
  for (const headers of [{ host: "backup.example.org" }, { "x-forwarded-for": "192.0.2.1" }, { forwarded: "for=192.0.2.1" }]) {
    const { status, body } = await httpRequest(main, "GET", "/metrics", { headers });
    assert.equal(status, 403);
    assert.doesNotMatch(body.toString(), /rest_server|laptop/);
  }
  assert.equal((await httpRequest(main, "POST", "/metrics")).status, 405);
  assert.equal((await httpRequest(main, "GET", "/metrics/x")).status, 404);
  assert.equal((await httpRequest(door.url, "GET", "/metrics")).status, 401, "the listener for restic has no such thing");
});
