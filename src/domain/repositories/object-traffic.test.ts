import assert from "node:assert/strict";
import { test } from "node:test";
import { ObjectTraffic } from "./object-traffic.ts";

test("counts are kept apart by login, repository and type", () => {
  const traffic = new ObjectTraffic(100);
  const key = { login: "laptop", repository: "/laptop/", type: "data" } as const;
  traffic.of(key).writes += 1;
  traffic.of(key).writes += 1;
  traffic.of({ ...key, login: "nas" }).writes += 1;
  traffic.of({ ...key, repository: "/nas/" }).writes += 1;
  traffic.of({ ...key, type: "index" }).writes += 1;
  assert.deepEqual(
    [...traffic.all()].map(({ login, repository, type, writes }) => [login, repository, type, writes]),
    [
      ["laptop", "/laptop/", "data", 2],
      ["nas", "/laptop/", "data", 1],
      ["laptop", "/nas/", "data", 1],
      ["laptop", "/laptop/", "index", 1],
    ],
  );
});

test("ever new names are counted together once there are too many, and nothing counted is lost", () => {
  const traffic = new ObjectTraffic(10);
  for (let count = 0; count < 1000; count += 1) traffic.of({ login: "laptop", repository: `/${count}/`, type: "data" }).readBytes += 7;
  const all = [...traffic.all()];
  assert.equal(all.length, 11);
  assert.equal(all.at(-1)?.login, "(others)");
  assert.equal(
    all.reduce((sum, { readBytes }) => sum + readBytes, 0),
    7000,
  );
});
