import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { setQuota } from "#domain/quotas/set-quota.ts";
import { showQuota } from "#domain/quotas/show-quota.ts";
import { OPERATOR } from "#model/actor.ts";
import { filePath } from "#storage/file-path.ts";
import { type MemoryFault, type MemoryStep, systemError } from "#storage/memory/memory-fault.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { WRITING_MODES } from "#storage/memory/writing-modes.ts";
import { type DoorHub, startDoorHub } from "../support/door-hub.ts";
import type { Verb } from "./fault-verbs.ts";

const SIGNAL = new AbortController().signal;
const FUTURE = { oursBeforeMs: Number.MAX_SAFE_INTEGER, foreignBeforeMs: 0 };
const GiB = 2 ** 30;

/**
 * What a request may be answered with when a step fails like this, beside 200 where the hub can do without the step, and 0, a
 * reply that breaks off. restic gives up on 403 and 507 and asks again after the others (spec/restic-rest.md section 2.4).
 */
const CODES: Readonly<Record<string, readonly number[]>> = {
  ENOSPC: [507],
  EDQUOT: [507],
  EIO: [500],
  EROFS: [503],
  EMFILE: [503],
  ENOMEM: [503],
  ESTALE: [503],
  ENOTCONN: [503],
  EFBIG: [403],
  EACCES: [500, 503], // what may not be read, and what may not be written
};

/** A listing that lacks a part is 500 whatever the reason, and so is a count. */
const WHOLE = [500];

/** A close fails after it has closed, as on every Unix. */
const kindsOf = (step: MemoryStep): readonly ("fail-before" | "fail-after")[] => {
  if (step.call === "close") return ["fail-after"];
  return ["link", "rename", "unlink", "makeFolder"].includes(step.call) ? ["fail-before", "fail-after"] : ["fail-before"];
};

/** Steps of one attempt are told from each other by their call, the kind of place, and how often both came before. */
function keyed(seen: Map<string, number>, { call, path }: Pick<MemoryStep, "call" | "path">): string {
  const place = `${call} ${path
    .replace(/[0-9a-f]{64}/g, "ID")
    .replace(/\/data\/[0-9a-f]{2}/g, "/data/XX")
    .replace(/\.hub-[a-z]+.*/, "HUB")
    .replace(/other\d+/, "OTHER")}`;
  const count = seen.get(place) ?? 0;
  seen.set(place, count + 1);
  return `${place} #${count}`;
}

interface Table extends AsyncDisposable {
  readonly door: DoorHub;
  readonly storage: MemoryStorage;
}

/** A hub on a modelled disk whose account has a quota, so that every upload reserves. */
async function openTable(writing: keyof typeof WRITING_MODES): Promise<Table> {
  const storage = new MemoryStorage({ limits: { writeChunkBytes: 1000, readChunkBytes: 1000 }, writesAtOnce: WRITING_MODES[writing]() });
  const door = await startDoorHub({ storage, flags: { "log.level": "error" } });
  assert.equal((await door.send("POST", "/laptop/?create=true")).status, 200);
  assert.equal((await door.send("POST", "/laptop/config", { body: "config" })).status, 200);
  await setQuota(door.hub.core, OPERATOR, { scope: { kind: "account", name: "laptop" }, hardBytes: GiB });
  return { door, storage, [Symbol.asyncDispose]: () => door[Symbol.asyncDispose]() };
}

async function record({ door, storage }: Table, verb: Verb): Promise<{ readonly key: string; readonly step: MemoryStep }[]> {
  const attempt = await verb(door);
  const seen = new Map<string, number>();
  const steps: { key: string; step: MemoryStep }[] = [];
  storage.inject((step) => {
    steps.push({ key: keyed(seen, step), step });
    return undefined;
  });
  assert.equal(await attempt.ask(), 200);
  storage.inject(undefined);
  assert.ok(await attempt.holds());
  return steps;
}

/** Asks with one step failing, then again without; what must hold in between and afterwards is asserted here. */
async function strike({ door, storage }: Table, verb: Verb, { key, fault, code }: { key: string; fault: MemoryFault; code: string }) {
  const { core } = door.hub;
  const attempt = await verb(door);
  const seen = new Map<string, number>();
  let isHit = false;
  storage.inject((step) => {
    if (isHit || keyed(seen, step) !== key) return undefined;
    isHit = true;
    return fault;
  });
  const status = await attempt.ask();
  storage.inject(undefined);
  const what = `${key} ${fault.kind} ${code}: ${status}`;
  if (!isHit) return { what, status, isHit };

  const allowed = code === "short" ? [200, 0] : [200, 0, ...WHOLE, ...(CODES[code] ?? [])];
  assert.ok(allowed.includes(status), what);
  if (status === 200 && attempt.isPartial !== true) assert.ok(await attempt.holds(), `${what}: it was acknowledged and is not there`);
  for (let tries = 0; storage.openFiles > 0 && tries < 200; tries += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(storage.openFiles, 0, `${what}: a file is open`);
  assert.equal(core.uploads.pending.of(""), 0, `${what}: room on the disk is kept`);
  const leftovers = await storage.sweep(filePath("restic"), FUTURE, SIGNAL);
  assert.ok(leftovers === 0 || (leftovers === 1 && key.startsWith("unlink")), `${what}: ${leftovers} temporary files`);
  assert.equal(await attempt.ask(), 200, `${what}: asked again`);
  assert.ok(await attempt.holds(), `${what}: asked again`);
  return { what, status, isHit };
}

/** Waits until the account is held to have stored what lies there: after a step that failed a count puts that right. */
async function assertCountsRight({ door: { hub }, storage }: Table): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    await hub.core.quotas.flush();
    const { usedBytes } = await showQuota(hub.core, { scope: { kind: "account", name: "laptop" } });
    let storedBytes = 0;
    for await (const item of storage.list(filePath("restic"), SIGNAL)) {
      if (item.kind === "file" && !item.path.includes("/locks/")) storedBytes += item.sizeBytes;
    }
    if (usedBytes === storedBytes) return;
    assert.ok(performance.now() < deadlineMs, `${storedBytes} bytes lie there, and ${usedBytes} are counted`);
    await sleep(100);
  }
}

/** At most so many steps of one verb fail, evenly chosen; fewer where one attempt alone makes hundreds. */
const STEPS = 30;
const STEPS_OF_LONG = 10;
const LONG = 200;

/**
 * Lets one verb fail at each of its steps, in `waysPerStep` of ten ways each. Whatever fails: the answer is one of those that it may be; what
 * was acknowledged is there; no file stays open, no temporary file, no room is kept; and asked again, it works at once.
 */
export async function assertFaultsAreHarmless(
  verb: Verb,
  { waysPerStep, writing }: { readonly waysPerStep: number; readonly writing: keyof typeof WRITING_MODES },
): Promise<void> {
  await using table = await openTable(writing);
  const { door = "restic" } = await verb(table.door);
  const all = await record(table, verb);
  const every = Math.ceil(all.length / (all.length > LONG ? STEPS_OF_LONG : STEPS));
  const steps = all.filter((_, index) => index % every === 0);
  const codes = Object.keys(CODES);
  let [hits, refusals] = [0, 0];
  const hit = async (key: string, fault: MemoryFault, code: string) => {
    const { status, isHit } = await strike(table, verb, { key, fault, code });
    hits += Number(isHit);
    refusals += Number(status !== 200);
  };
  for (const [index, { key, step }] of steps.entries()) {
    for (let way = 0; way < waysPerStep; way += 1) {
      const code = codes[(index * 3 + way) % codes.length] ?? "EIO";
      for (const kind of kindsOf(step)) await hit(key, { kind, error: systemError(code) }, code);
    }
    if (step.call === "write" || step.call === "read") await hit(key, { kind: "short" }, "short");
  }
  // Some steps are made only once in a folder's life.
  assert.ok(hits >= (steps.length * waysPerStep) / 2, `${hits} faults in ${steps.length} steps`);
  assert.ok(refusals > 0);
  if (door === "restic") assert.ok(table.door.logLines.length > 0, "the log does not say why");
  await assertCountsRight(table);
}
