import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { test } from "node:test";
import { addToken } from "#domain/access/add-token.ts";
import { disableToken } from "#domain/access/disable-token.ts";
import { setQuota } from "#domain/quotas/set-quota.ts";
import { productVersion } from "#lib/product-version.ts";
import { OPERATOR } from "#model/actor.ts";
import { SCOPE_NAMES } from "#model/permissions.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import { httpRequest, type RequestOptions, randomObject } from "../../../test/support/http-request.ts";

async function scrape({ hub }: DoorHub, options?: RequestOptions) {
  const reply = await httpRequest(hub.addresses["main"] ?? "", "GET", "/metrics", options);
  const text = reply.body.toString();
  return { ...reply, text, lines: text.split("\n") };
}

test("reads, writes and deletes are counted under rest-server's names and labels: what was sent, and no config", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(1000);
  const target = `/laptop/photos/data/${id}`;
  await door.send("POST", "/laptop/photos/config", { body: "config" });
  await door.send("POST", target, { body: bytes });
  await door.send("POST", target, { body: bytes }); // a retry stores nothing
  await door.send("GET", "/laptop/photos/config");
  await door.send("HEAD", target);
  await door.send("GET", target, { headers: { range: "bytes=0-9" } });
  await door.send("GET", target);
  const other = randomObject(50);
  await door.send("POST", `/laptop/photos/data/${other.id}`, { body: other.bytes });
  await door.send("DELETE", `/laptop/photos/data/${other.id}`);
  await door.send("DELETE", `/laptop/photos/data/${other.id}`); // nothing is there any more
  await door.send("DELETE", "/laptop/photos/config");

  const { status, headers, lines } = await scrape(door);
  assert.deepEqual([status, headers["content-type"]], [200, "text/plain; version=0.0.4; charset=utf-8"]);
  const labels = '{user="laptop",repo="laptop/photos",type="data"}';
  assert.deepEqual(
    lines.filter((line) => line.startsWith("rest_server_")),
    [
      `rest_server_blob_write_total${labels} 2`,
      `rest_server_blob_write_bytes_total${labels} 1050`,
      `rest_server_blob_read_total${labels} 2`,
      `rest_server_blob_read_bytes_total${labels} 1010`,
      `rest_server_blob_delete_total${labels} 1`,
      `rest_server_blob_delete_bytes_total${labels} 50`,
    ],
  );
  assert.ok(lines.some((line) => line.startsWith("process_resident_memory_bytes ")));
});

test("looking at the counters does not move them: what was stored and removed is told alike each time", async () => {
  await using door = await startDoorHub();
  const objects = [randomObject(1000), randomObject(50), randomObject(7)];
  for (const { id, bytes } of objects) assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
  for (const { id } of objects.slice(1)) assert.equal((await door.send("DELETE", `/laptop/data/${id}`)).status, 200);
  const labels = '{user="laptop",repo="laptop",type="data"}';
  const told = [
    `rest_server_blob_write_total${labels} 3`,
    `rest_server_blob_write_bytes_total${labels} 1057`,
    `rest_server_blob_delete_total${labels} 2`,
    `rest_server_blob_delete_bytes_total${labels} 57`,
  ];
  for (const time of ["first", "second"]) {
    const { lines } = await scrape(door);
    assert.deepEqual(
      lines.filter((line) => line.startsWith("rest_server_")),
      told,
      time,
    );
  }
});

test("gauges tell what is kept: repositories, accounts, the hub, its trash and its disk", async () => {
  const startedAtS = Date.now() / 1000 - 1;
  await using door = await startDoorHub();
  const { core } = door.hub;
  await door.send("POST", "/laptop/config", { body: "config" });
  const [pack, snapshot, lock] = [randomObject(1000), randomObject(200), randomObject(30)];
  await door.send("POST", `/laptop/data/${pack.id}`, { body: pack.bytes });
  await door.send("POST", `/laptop/snapshots/${snapshot.id}`, { body: snapshot.bytes });
  await door.send("POST", `/laptop/locks/${lock.id}`, { body: lock.bytes });
  const twoHoursAgoS = Date.now() / 1000 - 7200;
  utimesSync(`${door.tree}/laptop/locks/${lock.id}`, twoHoursAgoS, twoHoursAgoS);
  await door.send("DELETE", `/laptop/data/${pack.id}`);
  await setQuota(core, OPERATOR, { scope: { kind: "repository", path: "/laptop/" }, hardBytes: 5000 });
  await setQuota(core, OPERATOR, { scope: { kind: "account", name: "laptop" }, softBytes: 1, hardBytes: 6000 });
  await core.quotas.flush();

  const { lines, text } = await scrape(door);
  const figureOf = (series: string) => Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length));
  for (const line of [
    'hub_repo_bytes{repo="laptop"} 206',
    'hub_repo_objects{repo="laptop",type="data"} 0',
    'hub_repo_objects{repo="laptop",type="snapshots"} 1',
    'hub_repo_objects{repo="laptop",type="locks"} 1',
    'hub_repo_quota_bytes{repo="laptop"} 5000',
    'hub_repo_locks{repo="laptop"} 1',
    "hub_trash_bytes 1000",
    'hub_used_bytes{scope="hub",account=""} 1206',
    'hub_used_bytes{scope="account",account="laptop"} 206',
    'hub_quota_bytes{scope="account",account="laptop"} 6000',
    `hub_build_info{version="${productVersion()}"} 1`,
    'hub_metrics_left_out{what="repositories"} 0',
    'hub_metrics_left_out{what="locks"} 0',
  ]) {
    assert.ok(lines.includes(line), `${line} is missing in ${text.slice(text.indexOf("# HELP hub_"))}`);
  }
  const lastSnapshotS = figureOf('hub_repo_last_snapshot_timestamp{repo="laptop"}');
  assert.ok(lastSnapshotS >= startedAtS && lastSnapshotS <= Date.now() / 1000, `${lastSnapshotS}`);
  const lockS = figureOf('hub_repo_oldest_lock_seconds{repo="laptop"}');
  assert.ok(lockS >= 7199 && lockS < 7300, `${lockS}`);
  assert.ok(figureOf("hub_free_bytes") > 0);
  assert.ok(!text.includes('hub_quota_bytes{scope="hub"'), "a quota that is not set is left out");
  const names = lines.filter((line) => line.startsWith("# TYPE")).map((line) => line.split(" ")[2]);
  assert.equal(new Set(names).size, names.length, "each name has one group");
});

test("of more repositories than are told apart it is said how many are left out", async () => {
  await using door = await startDoorHub({ flags: { "limits.metricSeries": "2", "limits.metricLockLooks": "1" } });
  const lock = randomObject(30);
  for (const repository of ["a", "b", "c"]) {
    await door.send("POST", `/${repository}/config`, { body: "config" });
    await door.send("POST", `/${repository}/locks/${lock.id}`, { body: lock.bytes });
  }
  await door.addAccount("second");
  await door.addAccount("third");
  await door.hub.core.quotas.flush();
  const { lines } = await scrape(door);
  const told = (name: string) => lines.filter((line) => line.startsWith(`${name}{`)).length;
  assert.deepEqual([told("hub_repo_bytes"), told("hub_repo_oldest_lock_seconds"), told("hub_used_bytes")], [2, 1, 3]);
  assert.deepEqual(
    lines.filter((line) => line.startsWith("hub_metrics_left_out")),
    ['hub_metrics_left_out{what="repositories"} 1', 'hub_metrics_left_out{what="accounts"} 1', 'hub_metrics_left_out{what="locks"} 1'],
  );
});

test("without a token metrics are told to this machine alone, and not through a proxy on it", async () => {
  await using door = await startDoorHub({ flags: { "publicUrl.main": "https://backup.example.org" } });
  const main = door.hub.addresses["main"] ?? "";
  const forwarded = [
    { "x-forwarded-for": "192.0.2.1" },
    { forwarded: "for=192.0.2.1" },
    { via: "1.1 proxy" },
    { "x-client-ip": "192.0.2.1" },
  ];
  for (const headers of [{ host: "backup.example.org" }, ...forwarded]) {
    const { status, text } = await scrape(door, { headers });
    assert.equal(status, 403);
    assert.doesNotMatch(text, /rest_server|laptop/);
  }
  assert.equal((await httpRequest(main, "POST", "/metrics")).status, 405);
  assert.equal((await httpRequest(main, "GET", "/metrics/x")).status, 404);
  assert.equal((await httpRequest(door.url, "GET", "/metrics")).status, 401, "the listener for restic has no such thing");
});

test("a token may read the metrics from anywhere until it is disabled; a wrong one not even from here", async () => {
  await using door = await startDoorHub({ flags: { "publicUrl.main": "https://backup.example.org" } });
  const { core } = door.hub;
  const from = (secret: string) => scrape(door, { headers: { host: "backup.example.org", authorization: `Bearer ${secret}` } });
  for (const scope of SCOPE_NAMES) {
    const { secret } = await addToken(core, OPERATOR, { name: scope, scopes: [scope] });
    const { status, text } = await from(secret);
    assert.equal(status, 200, scope);
    assert.match(text, /^hub_build_info/m);
    await disableToken(core, OPERATOR, { name: scope });
    assert.equal((await from(secret)).status, 403, scope);
  }
  const wrong = await scrape(door, { headers: { authorization: "Bearer hf_000000000000000000000000000" } });
  assert.deepEqual([wrong.status, wrong.text], [401, "Unknown token\n"]);
  assert.equal(wrong.headers["www-authenticate"], 'Bearer realm="Holdfast"');
});

/** A disk that hangs when it is asked for its free space. */
class HangingStorage extends MemoryStorage {
  asked = 0;
  hangs: Promise<void> | undefined;

  override async space(...input: Parameters<MemoryStorage["space"]>): ReturnType<MemoryStorage["space"]> {
    if (this.hangs !== undefined) {
      this.asked += 1;
      await this.hangs;
    }
    return await super.space(...input);
  }
}

test("who asks while the disk hangs is sent away in time, and the disk is not asked a second time", async () => {
  await using storage = new HangingStorage();
  await using door = await startDoorHub({ storage, flags: { "limits.metricsDeadlineMs": "300" } });
  const { promise, resolve } = Promise.withResolvers<void>();
  storage.hangs = promise;
  for (const { status, text, headers } of await Promise.all([scrape(door), scrape(door), scrape(door)])) {
    assert.deepEqual([status, text], [503, "The storage or the database takes too long to tell\n"]);
    assert.equal(headers["retry-after"], "10");
  }
  assert.equal((await scrape(door)).status, 503);
  assert.equal(storage.asked, 1);
  storage.hangs = undefined;
  resolve();
  await promise;
  for (let tries = 0; (await scrape(door)).status !== 200; tries += 1) assert.ok(tries < 50, "it never came back");
});
