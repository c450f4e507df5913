import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { addToken } from "#domain/access/add-token.ts";
import { OPERATOR } from "#model/actor.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { type ApiOperation, apiClient, type JsonSchema } from "../../../test/support/api-client.ts";
import { changesBetween, DatabaseState } from "../../../test/support/database-state.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { httpRequest } from "../../../test/support/http-request.ts";

// Longer, or once more: node src/doors/hub/api-fuzz.test.ts --seconds 600 --seed 42
const { values } = parseArgs({ options: { seconds: { type: "string" }, seed: { type: "string" } }, strict: false });
const SECONDS = Number(values.seconds ?? 10);
const SEED = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);

const NAMES = ["laptop", "nas", "LAPTOP", "fuzz", "Ünï.x", "grafana", "a@b-c_d"];
const PATHS = ["/", "/laptop/", "laptop/photos", "x/y/z/", "/data/", "a//b", "/../", "/.hub-tmp/", "/a/b/c/d/e/f/g/h/i/"];
const TIMES = ["2999-01-01T00:00:00Z", "2020-01-01T00:00:00+01:00", "2999-13-01T00:00:00Z", "275760-09-13T00:00:00Z", "2999-01-01"];
const ODD = [
  "",
  "\0",
  "a\0b",
  "\ud800",
  "x\udc00y",
  "\u202e",
  "__proto__",
  "constructor",
  "null",
  "%00",
  "'; drop table account; --",
  "a".repeat(5000),
];

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NAMES, ...PATHS, ...TIMES) },
  { weight: 2, arbitrary: fc.constantFrom(...ODD) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);
const number = fc.constantFrom(0, -0, 1, 100, 1000, 1001, -1, 1.5, 2 ** 31, 2 ** 53, 2 ** 64, 1e308, -1e308);
const anything = fc.oneof(text, number, fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 3 }));

/** A value that the schema would take, or nearly. */
function arbitraryOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const right = rightArbitraryOf(schema);
  return fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: anything });
}

function rightArbitraryOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (Array.isArray(schema["enum"])) return fc.constantFrom(...schema["enum"]);
  if (Array.isArray(schema["anyOf"])) return fc.oneof(...schema["anyOf"].map((one) => arbitraryOf(one as JsonSchema))); // a document's alternatives are schemas
  if (schema["type"] === "object") return objectOf(schema);
  if (schema["type"] === "array") return fc.array(arbitraryOf((schema["items"] ?? {}) as JsonSchema), { maxLength: 6 });
  if (schema["type"] === "boolean") return fc.boolean();
  if (schema["type"] === "integer" || schema["type"] === "number") return number;
  return schema["type"] === "null" ? fc.constant(null) : text;
}

function objectOf(schema: JsonSchema): fc.Arbitrary<string> | fc.Arbitrary<unknown> {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, JsonSchema>);
  const shape = Object.fromEntries(properties.map(([name, inner]) => [name, arbitraryOf(inner)]));
  const required = properties.map(([name]) => name).filter((name) => (schema["required"] as string[] | undefined)?.includes(name));
  const whole = fc.record(shape, { requiredKeys: required });
  const odd = fc.tuple(
    fc.record(shape, { requiredKeys: [] }),
    fc.oneof(text, fc.constantFrom("__proto__", "constructor", "toString")),
    anything,
  );
  const extended = odd.map(([value, key, more]) => Object.defineProperty({ ...value }, key, { value: more, enumerable: true }));
  return fc.oneof({ weight: 6, arbitrary: whole }, { weight: 1, arbitrary: extended });
}

const brokenBody = fc.constantFrom<string | Uint8Array>(
  "",
  "{",
  "nul",
  "[]",
  '{"name":1e999}',
  '{"name":"\\ud800"}',
  '{"name":"a","name":"b"}',
  "\ufeff{}",
  `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
  `${'{"a":'.repeat(9000)}1${"}".repeat(9000)}`,
  `{"name":"${"x".repeat(70_000)}"}`,
  " ".repeat(70_000),
  new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  new Uint8Array(200),
);

const query = fc.oneof(text, fc.constantFrom("1", "0", "1001", "1e2", "0x10", "-1", "NaN", "W10", "eyJ9", "\u0000"));

interface Shot {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly as: "token" | "account" | "nobody";
}

/** Not `String`, which calls what an object has for a `toString`. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function shotOf(operation: ApiOperation): fc.Arbitrary<Shot> {
  const parameters = operation.parameters.map((parameter) =>
    fc.tuple(fc.constant(parameter), fc.boolean(), fc.oneof(query, arbitraryOf(parameter.schema).map(textOf))),
  );
  const extra = fc.option(fc.tuple(fc.oneof(text, fc.constantFrom("limit", "cursor", "__proto__")), query), { freq: 5 });
  const raw = fc.option(fc.constantFrom("%zz", "a=%ff&a=%00", "&&&===", "limit[]=1", "limit[a]=1", "%u0041"), { freq: 12 });
  const body = operation.body === undefined ? fc.constant(undefined) : arbitraryOf(operation.body).map((value) => JSON.stringify(value));
  const types = ["application/json", "application/json; charset=utf-8", "text/plain", "application/json;;", "", "\u00ff/x"];
  return fc.record({
    method: fc.oneof(
      { weight: 15, arbitrary: fc.constant(operation.method) },
      { weight: 1, arbitrary: fc.constantFrom("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND") },
    ),
    target: fc.tuple(fc.tuple(...parameters), extra, raw).map(([given, more, end]) => targetOf(operation.path, given, more, end)),
    headers: fc
      .oneof({ weight: 12, arbitrary: fc.constant(types[0] ?? "") }, { weight: 1, arbitrary: fc.constantFrom(...types) })
      .map((type) => ({ "content-type": type })),
    body: fc.oneof({ weight: 6, arbitrary: body }, { weight: 1, arbitrary: brokenBody }),
    as: fc.oneof(
      { weight: 8, arbitrary: fc.constant("token" as const) },
      { weight: 1, arbitrary: fc.constantFrom("account" as const, "nobody" as const) },
    ),
  });
}

type Given = readonly [parameter: ApiOperation["parameters"][number], present: boolean, value: string];

function targetOf(path: string, given: readonly Given[], more: readonly [string, string] | null, end: string | null): string {
  const encode = (value: string) => encodeURIComponent(value.toWellFormed());
  const filled = given.reduce(
    (sum, [{ name, in: place }, , value]) => (place === "path" ? sum.replace(`{${name}}`, encode(value)) : sum),
    path,
  );
  const pairs = given.filter(([parameter, present]) => parameter.in === "query" && (present || parameter.required === true));
  const words = [
    ...pairs.map(([{ name }, , value]) => `${name}=${encode(value)}`),
    ...(more === null ? [] : [`${encode(more[0])}=${encode(more[1])}`]),
    end ?? "",
  ];
  const search = words.filter((word) => word !== "").join("&");
  return search === "" ? filled : `${filled}?${search}`;
}

test("whatever is sent to the API is answered with 2xx or 4xx, says what is wrong with it, and a 4xx changes nothing", async (t) => {
  await using storage = new MemoryStorage();
  await using hub = await startDoorHub({ flags: { "localOperator.main": "false" }, storage });
  const main = hub.hub.addresses["main"] ?? "";
  const { operations } = await apiClient(main);
  const { core } = hub.hub;
  const { secret } = await addToken(core, OPERATOR, { name: "of-the-test", scopes: ["admin"] });
  const credentials = { token: { authorization: `Bearer ${secret}` }, nobody: {}, account: {} };
  const basic = { authorization: `Basic ${Buffer.from(`laptop:${hub.credentials.secret}`).toString("base64")}` };
  const seen = new Map<number, number>();
  using database = new DatabaseState(join(hub.data, "holdfast.sqlite"));

  const shots = fc.oneof(...operations.map(shotOf));
  await fc.assert(
    fc.asyncProperty(shots, async ({ method, target, headers, body, as }) => {
      const before = database.read();
      const sent = { ...headers, ...(as === "account" ? basic : credentials[as]) };
      const reply = await httpRequest(main, method, target, { headers: sent, ...(body === undefined ? {} : { body }) });
      seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
      const answer = reply.body.toString();
      assert.ok(reply.status >= 200 && reply.status < 500, `${reply.status}: ${answer}`);
      if (reply.status < 400) return;
      assert.deepEqual(changesBetween(before, database.read()), [], `${reply.status} and yet something changed`);
      if (reply.headers["content-type"]?.startsWith("application/problem+json") !== true || method === "HEAD") return;
      const problem = JSON.parse(answer) as { code: string; errors?: { pointer?: string; parameter?: string }[] }; // checked against the document elsewhere
      if (problem.code !== "invalid_input") return;
      assert.ok((problem.errors?.length ?? 0) > 0, answer);
      for (const { pointer, parameter } of problem.errors ?? []) assert.ok(pointer?.startsWith("#") ?? parameter !== undefined, answer);
    }),
    { numRuns: 1_000_000, seed: SEED, interruptAfterTimeLimit: SECONDS * 1000, timeout: 20_000, endOnFailure: false },
  );
  const tally = [...seen].toSorted(([one], [other]) => one - other).map(([status, count]) => `${status}: ${count}`);
  t.diagnostic(`seed ${SEED}, ${tally.join(", ")}`);
  assert.ok((seen.get(200) ?? 0) > 0 && (seen.get(201) ?? 0) > 0 && (seen.get(400) ?? 0) > 0, "it shot past the target");
});
