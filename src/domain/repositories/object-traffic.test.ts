import assert from "node:assert/strict";
import { test } from "node:test";
import { ObjectTraffic } from "./object-traffic.ts";

function used(login: string, text: string) {
  return { actor: { kind: "account", name: login, login }, path: { segments: [], text } } as const;
}

test("counts are kept apart by login, repository and type", () => {
  const traffic = new ObjectTraffic(100);
  traffic.of(used("laptop", "/laptop/"), "data").writes += 1;
  traffic.of(used("laptop", "/laptop/"), "data").writes += 1;
  traffic.of(used("nas", "/laptop/"), "data").writes += 1;
  traffic.of(used("laptop", "/nas/"), "data").writes += 1;
  traffic.of(used("laptop", "/laptop/"), "index").writes += 1;
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
  for (let count = 0; count < 1000; count += 1) traffic.of(used("laptop", `/${count}/`), "data").readBytes += 7;
  const all = [...traffic.all()];
  assert.equal(all.length, 11);
  assert.equal(all.at(-1)?.login, "(others)");
  assert.equal(
    all.reduce((sum, { readBytes }) => sum + readBytes, 0),
    7000,
  );
});
