import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { OBJECT_TYPES, type ObjectName, parseObjectId, parseRepositoryPath } from "#model/repository.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { type DoorHub, startDoorHub } from "../../../test/support/door-hub.ts";
import type { RequestOptions } from "../../../test/support/http-request.ts";
import type { Core } from "../core.ts";
import { collectBody } from "../repositories/bounded-body.ts";
import { openObject } from "../repositories/open-object.ts";
import { OpenRepository } from "../repositories/open-repository.ts";
import { sweepLeftovers } from "../repositories/sweep-leftovers.ts";
import { sweepTrash } from "./sweep-trash.ts";

const SIGNAL = new AbortController().signal;
const RUNS = 25;

/** Bytes that clients have, and the names restic would give them. */
const CONTENTS = ["", "a", "bc", "some more bytes", "x".repeat(70_000)].map((text) => Buffer.from(text));
const IDS = CONTENTS.map((bytes) => createHash("sha256").update(bytes).digest("hex"));
const KEPT_TYPES = OBJECT_TYPES.filter((type) => type !== "locks");

/** Something that happens. A client's request is one that the restic door takes, or nearly so. */
type Step =
  | {
      readonly kind: "request";
      readonly who: "reader" | "writer";
      readonly method: string;
      readonly target: string;
      readonly body: Body | undefined;
    }
  | { readonly kind: "clock"; readonly byMs: number }
  | { readonly kind: "sweep"; readonly what: "temps" | "all temps" | "trash" };

/** `cut` ends before its declared length; `chunked` declares none, and breaks off when it is cut too. */
interface Body {
  readonly content: number;
  readonly cut: boolean;
  readonly chunked: boolean;
}

const sometimes = fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const body = fc.record({ content: fc.nat(CONTENTS.length - 1), cut: sometimes, chunked: fc.boolean() });
const objectTarget = fc
  .tuple(fc.constantFrom(...OBJECT_TYPES), fc.constantFrom(...IDS, "0".repeat(64), IDS[1]?.toUpperCase() ?? "", "foobar"))
  .map(([type, id]) => `${type}/${id}`);
const target = fc.oneof(
  { weight: 6, arbitrary: objectTarget },
  {
    weight: 2,
    arbitrary: fc.constantFrom("config", "", "?create=true", "keys", "data/", "snapshots/", "locks/", "index/x/y", "config/", "../config"),
  },
);
const who = fc.constantFrom("reader" as const, "writer" as const, "writer" as const);
const request = fc.record({
  kind: fc.constant("request" as const),
  who,
  method: fc.oneof({ weight: 5, arbitrary: fc.constantFrom("POST", "DELETE") }, fc.constantFrom("GET", "HEAD", "PUT", "PATCH", "MOVE")),
  target,
  body: fc.option(body, { nil: undefined }),
});
/** A right upload, which random ones seldom are, or one of a config, of which any bytes are right. */
const upload = fc
  .record({ who, type: fc.constantFrom("config", ...OBJECT_TYPES), content: fc.nat(CONTENTS.length - 1), chunked: fc.boolean() })
  .map(({ type, content, chunked, ...more }) => ({
    kind: "request" as const,
    method: "POST",
    target: type === "config" ? type : `${type}/${IDS[content]}`,
    body: { content, chunked, cut: false },
    ...more,
  }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: request },
  { weight: 5, arbitrary: upload },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clock" as const), byMs: fc.constantFrom(-4e9, -1, 1, 4e6, 3e8, 1e10) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("sweep" as const),
      what: fc.constantFrom("temps" as const, "all temps" as const, "trash" as const),
    }),
  },
);
/** What happens at once; each request may be sent again, as after a lost answer. */
const round = fc.array(fc.tuple(step, fc.integer({ min: 1, max: 2 })), { minLength: 1, maxLength: 4, size: "max" });

test("no sequence of requests by the roles read and backup, in any order, at once, repeated, cut, with a jumping clock and sweeps between, makes a readable byte unreadable", async () => {
  const clock = { nowMs: Date.now() };
  const storage = new MemoryStorage({ clock: () => clock.nowMs });
  // Limits on who asks too often are another test's.
  const flags = { "limits.tempAgeMs": "1000", "limits.foreignTempAgeMs": "1000", "limits.verifierCacheMs": "2000000000" };
  await using door = await startDoorHub({ storage, clock: () => clock.nowMs, flags });
  const people = { reader: await door.addAccount("reader"), writer: await door.addAccount("writer") };
  await door.grant("reader", "/", "read");
  await door.grant("writer", "/", "backup");
  let runs = 0;
  let grown = 0;

  await fc.assert(
    fc.asyncProperty(
      fc.option(fc.array(fc.nat(IDS.length - 1), { maxLength: 3 }), { nil: undefined }),
      fc.array(round, { minLength: 1, maxLength: 6, size: "max" }),
      async (first, rounds) => {
        runs += 1;
        const repository = `r${runs}`;
        if (first !== undefined) await fill(door, repository, first);
        let known = await readable(door.hub.core, repository);
        /** What an answer has confirmed as stored. */
        const promised: [name: string, bytes: Buffer][] = [];
        for (const steps of rounds) {
          await Promise.all(steps.map(([each, times]) => perform(each, times)));
          const now = await readable(door.hub.core, repository);
          for (const [name, bytes] of promised) assert.ok(now.get(name)?.equals(bytes), `${name} was confirmed, and other bytes are there`);
          for (const [name, bytes] of known)
            assert.ok(now.get(name)?.equals(bytes), `${name} has become ${now.get(name)?.length ?? "unreadable"}`);
          if (now.size > known.size) grown += 1;
          known = now;
        }

        async function perform(each: Step, times: number): Promise<void> {
          if (each.kind === "clock") clock.nowMs += each.byMs;
          else if (each.kind === "sweep") await sweep(door.hub.core, each.what);
          else {
            for (let sent = 0; sent < times; sent += 1) {
              const isStored = await send(door, repository, { ...each, credentials: people[each.who] });
              const isKept = each.target === "config" || KEPT_TYPES.some((type) => each.target.startsWith(`${type}/`));
              if (isStored && isKept) promised.push([each.target, CONTENTS[each.body?.content ?? 0] ?? Buffer.alloc(0)]);
            }
          }
        }
      },
    ),
    { numRuns: RUNS, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
  );
  assert.ok(grown > 0, "no client has stored anything: the test shows nothing");
});

/** A repository of which somebody with more rights has stored the beginning. */
async function fill(door: DoorHub, repository: string, contents: readonly number[]): Promise<void> {
  await door.send("POST", `/${repository}/?create=true`);
  await door.send("POST", `/${repository}/config`, { body: "the config" });
  for (const content of contents) {
    for (const type of KEPT_TYPES) await door.send("POST", `/${repository}/${type}/${IDS[content]}`, { body: CONTENTS[content] ?? "" });
  }
}

/** Whether something was confirmed as stored. */
async function send(
  door: DoorHub,
  repository: string,
  { method, target: below, body: sent, credentials }: Extract<Step, { kind: "request" }> & Pick<RequestOptions, "credentials">,
): Promise<boolean> {
  try {
    const reply = await door.send(method, `/${repository}/${below}`, { credentials, ...(sent === undefined ? {} : bodyOf(sent)) });
    return method === "POST" && reply.status === 200;
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error, String(error)); // a connection that ends is what a cut body deserves
    return false;
  }
}

function bodyOf({ content, cut, chunked }: Body): RequestOptions {
  const bytes = CONTENTS[content] ?? Buffer.alloc(0);
  if (!cut && !chunked) return { body: bytes };
  const pieces = async function* () {
    yield bytes.subarray(0, cut ? Math.floor(bytes.length / 2) : bytes.length);
    if (cut) throw new Error("cable pulled");
  };
  return { body: pieces(), ...(chunked ? {} : { headers: { "content-length": `${bytes.length + 1}` } }) };
}

async function sweep(core: Core, what: Extract<Step, { kind: "sweep" }>["what"]): Promise<void> {
  if (what === "trash") await sweepTrash(core, SIGNAL);
  else await sweepLeftovers(core, { beforeMs: what === "temps" ? core.clock() - core.limits.tempAgeMs : Number.MAX_SAFE_INTEGER }, SIGNAL);
}

/** Every byte that can be read in the repository, locks aside. */
async function readable(core: Core, name: string): Promise<ReadonlyMap<string, Buffer>> {
  const path = parseRepositoryPath([name]);
  assert.ok(path !== undefined);
  const repository = OpenRepository.forOperator(path, OPERATOR);
  const found = new Map<string, Buffer>();
  const objects: ObjectName[] = [{ type: "config" }];
  for (const id of IDS) for (const type of KEPT_TYPES) objects.push({ type, id: parseObjectId(id) ?? assert.fail() });
  for (const object of objects) {
    try {
      await using file = await openObject(core, repository, object, undefined, SIGNAL);
      const bytes = Buffer.from(await collectBody(file.body));
      const isRight = object.type === "config" || createHash("sha256").update(bytes).digest("hex") === object.id;
      assert.ok(isRight, `${object.type} has other bytes than its name says`);
      found.set(object.type === "config" ? "config" : `${object.type}/${object.id}`, bytes);
    } catch (error) {
      if (!(error instanceof HubError && error.code === "not_found")) throw error;
    }
  }
  return found;
}
