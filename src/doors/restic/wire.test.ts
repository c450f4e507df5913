import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRequestTarget } from "#http/request-target.ts";
import { parseResource } from "./wire.ts";

const ID = "0123456789abcdef".repeat(4);

/** A target in few words: `repo /a/b/`, `list /a/ data`, `object /a/ data`, `config /a/`, or undefined. */
function read(raw: string, depth = 8): string | undefined {
  const target = parseRequestTarget(raw);
  const resource = target && parseResource(target, depth);
  if (resource === undefined) return undefined;
  const at = resource.repository.text;
  if (resource.kind === "repository") return `repo ${at}`;
  if (resource.kind === "listing") return `list ${at} ${resource.type}`;
  return resource.object.type === "config" ? `config ${at}` : `object ${at} ${resource.object.type}`;
}

test("RS-9: a URL is split into a repository and exactly one known form, or names nothing", () => {
  const table: [raw: string, depth: number, expected: string | undefined][] = [
    ["/", 8, "repo /"],
    ["/", 0, "repo /"],
    ["/config", 0, "config /"],
    ["/config/", 0, undefined],
    ["/data/", 0, "list / data"],
    ["/keys/", 0, "list / keys"],
    ["/locks/", 0, "list / locks"],
    ["/snapshots/", 0, "list / snapshots"],
    ["/index/", 0, "list / index"],
    ["/data", 0, undefined],
    [`/data/${ID}`, 0, "object / data"],
    [`/data/${ID}/`, 0, undefined],
    [`/data/01/${ID}`, 0, undefined],
    [`/data/${ID}/more`, 0, undefined],
    ["/config/more", 0, undefined],
    ["/laptop", 0, undefined],
    ["/laptop", 1, "repo /laptop/"],
    ["/laptop/", 1, "repo /laptop/"],
    ["/laptop/locks/", 1, "list /laptop/ locks"],
    [`/laptop/locks/${ID}`, 1, "object /laptop/ locks"],
    ["/laptop/photos/config", 1, undefined],
    ["/laptop/photos/config", 2, "config /laptop/photos/"],
    ["/a/b/c/snapshots/", 2, undefined],
    ["/a/b/c/snapshots/", 3, "list /a/b/c/ snapshots"],
    ["/././locks/", 8, undefined],
    ["/../../locks/", 8, undefined],
    ["///locks/", 8, undefined],
    ["/laptop", -1, undefined],
    ["locks/", 8, undefined],
    ["", 8, undefined],
  ];
  for (const [raw, depth, expected] of table) assert.equal(read(raw, depth), expected, `${raw} at depth ${depth}`);
});

test("a reserved word is never a folder of a repository", () => {
  for (const raw of ["/data/laptop/", "/config/x", "/keys/config", "/laptop/index/photos/"]) assert.equal(read(raw), undefined, raw);
});

test("an object's name is exactly 64 lower-case hex digits", () => {
  for (const name of ["foobar", ID.slice(1), `${ID}0`, ID.toUpperCase(), `${ID.slice(0, 62)}-1`]) {
    assert.equal(read(`/laptop/data/${name}`), undefined, name);
  }
});

test("an unknown word is part of a repository's path", () => {
  assert.equal(read("/laptop/packs/"), "repo /laptop/packs/");
});

test("a path of eight folders is a repository and one of nine is not", () => {
  assert.equal(read("/1/2/3/4/5/6/7/8/config"), "config /1/2/3/4/5/6/7/8/");
  assert.equal(read("/1/2/3/4/5/6/7/8/9/config"), undefined);
});

test("the hub's own names are no repositories, in any case", () => {
  for (const raw of ["/.hub-tmp/", "/laptop/.hub-trash/config", "/.HUB-meta/data/"]) assert.equal(read(raw), undefined, raw);
});
