import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { HubError } from "#model/hub-error.ts";
import type { Disk, OpenNumber } from "../disk/disk.ts";
import { DiskDriver } from "../disk/disk-driver.ts";
import type { Driver } from "../driver.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { putFile } from "../put-file.ts";
import { systemCode } from "../system-error.ts";
import { everySurvival } from "./every-survival.ts";
import { MemoryDisk } from "./memory-disk.ts";
import { systemError } from "./memory-fault.ts";
import { seededRandom } from "./seeded-random.ts";
import { WRITING_MODES } from "./writing-modes.ts";

const SIGNAL = new AbortController().signal;
const LIMITS = { writeChunkBytes: 16, readChunkBytes: 16 };
const TEMPS = filePath("r", ".hub-tmp");
const PATH = filePath("r", "data", "ab", "one");
const TEXT = "thirty-nine bytes that somebody counts on";
const DAMAGED = "something else";
const AT_MS = Date.UTC(2026, 10, 21, 17);
const FUTURE = { oursBeforeMs: Date.now() + 1e9, foreignBeforeMs: Date.now() + 1e9 };
/** About as many as one operation has. */
const MOST_STEPS = 40;
const STANDSTILL_TURNS = 2000;
const SHA256 = createHash("sha256").update(TEXT).digest("hex");

/** What is there before: the file at its path, other bytes in its place, the file in the trash, both, or neither. */
export type Before = "nothing" | "folders" | "at path" | "damaged" | "in trash" | "at path and in trash";

/** What one client asks for. `store` is the whole of an upload as the hub does it: it reads what is there, and makes sure of it or replaces it. */
export type Doing = "store" | "remove" | "restore" | "erase" | "empty trash";

/** Which folder lies on a file system of its own. */
export type Apart = "none" | "temps" | "trash";

export interface Replay {
  readonly before: Before;
  readonly doings: readonly Doing[];
  readonly apart: Apart;
  /** Each in a process of its own, or all in one. */
  readonly processes: "one" | "each its own";
  /** How uploads write. */
  readonly writing: keyof typeof WRITING_MODES;
  /** Chooses how the steps of several fall. */
  readonly schedule: number;
  /** What the disk says it does and does not; honest unless said. Only to see that lies are caught. */
  readonly lie?: "syncFile" | "syncFolder" | "sync after link";
  /** So many different remains of each cut are looked at, at most. */
  readonly mostRemains: number;
}

/** How much was looked at. */
export interface ReplayCount {
  readonly steps: number;
  readonly remains: number;
  /** Cuts after which there were more remains than were looked at. */
  readonly sampledCuts: number;
}

/**
 * Does it once, step by step; then again for each step, with the power going before it, and last with the power going after all. Of everything
 * that a cut can leave it starts again, and throws when a promise is broken.
 */
export async function replayCrashes(replay: Replay): Promise<ReplayCount> {
  let steps = 0;
  const counted = await openDisk(replay);
  counted.inject(({ index }) => {
    steps = index + 1;
    return undefined;
  });
  await doAll(counted, replay);
  let [remains, sampledCuts] = [0, 0];
  for (let cut = 0; cut <= steps; cut += 1) {
    const disk = await openDisk(replay);
    disk.inject(({ index }) => (index === cut ? { kind: "power-cut" } : undefined));
    const acknowledged = await doAll(disk, replay);
    const all = everySurvival((survival) => disk.powerCutBy(survival), replay.mostRemains);
    for (let left = all.next(); ; left = all.next()) {
      if (left.done === true) {
        sampledCuts += left.value.sampled ? 1 : 0;
        break;
      }
      remains += 1;
      await checkRemains(left.value, replay, acknowledged, `${textOf(replay)}: cut before step ${cut} of ${steps}, remains ${remains}`);
    }
  }
  return { steps, remains, sampledCuts };
}

/** For a title. */
export function textOf({ before, doings, apart, processes, writing, schedule }: Replay): string {
  const how = doings.length === 1 ? "" : `, in ${processes === "one" ? "one process" : "two processes"}, schedule ${schedule}`;
  const written = doings.includes("store") ? `, ${writing}` : "";
  return `${doings.join(" beside ")}, ${before}${apart === "none" ? "" : `, ${apart} apart`}${written}${how}`;
}

/** All that has been done before is durable. */
async function openDisk({ before, apart, writing }: Replay): Promise<MemoryDisk> {
  const disk = new MemoryDisk({ capacityBytes: 1e6, clock: Date.now, writesAtOnce: WRITING_MODES[writing]() });
  const driver = driverOn(disk, apart, () => 0);
  if (before !== "nothing") await driver.makeFolder(filePath("r", "data", "ab"), SIGNAL);
  if (before === "in trash" || before === "at path and in trash") {
    await put(driver, TEXT, "absent");
    await driver.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
  }
  if (before === "at path" || before === "at path and in trash") await put(driver, TEXT, "absent");
  if (before === "damaged") await put(driver, DAMAGED, "absent");
  return disk.powerCutBy({ keepsName: () => true, keptBytes: (lengthBytes) => lengthBytes });
}

/** Which of them were acknowledged. */
async function doAll(disk: MemoryDisk, { doings, apart, processes, schedule, lie }: Replay): Promise<readonly boolean[]> {
  const random = seededRandom(schedule);
  // One of them stands still before one of its steps while the other does all of its own.
  const standing = { who: Math.floor(random() * doings.length), step: Math.floor(random() * MOST_STEPS) };
  const turnsOf = (who: number) => {
    let step = 0;
    return () => {
      if (doings.length === 1) return 0;
      step += 1;
      return who === standing.who && step === standing.step ? STANDSTILL_TURNS : Math.floor(random() * 4);
    };
  };
  const shared = driverOn(disk, apart, turnsOf(standing.who), lie);
  const ends = doings.map((doing, who) => DOINGS[doing](processes === "one" ? shared : driverOn(disk, apart, turnsOf(who), lie)));
  return (await Promise.allSettled(ends)).map((end) => {
    if (end.status === "fulfilled") return true;
    const { reason } = end;
    if (reason instanceof HubError || isPowerCut(reason)) return false;
    throw reason;
  });
}

/** Nothing can be closed after a loss of power either, so that one such error may hide another. */
function isPowerCut(reason: unknown): boolean {
  if (reason instanceof SuppressedError) return isPowerCut(reason.error) || isPowerCut(reason.suppressed);
  return reason instanceof Error && systemCode(reason) === "EIO";
}

const DOINGS: Readonly<Record<Doing, (driver: Driver) => Promise<unknown>>> = {
  store,
  remove: (driver) => driver.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL),
  erase: (driver) => driver.erase(PATH, SIGNAL),
  async restore(driver) {
    for (const batch of await driver.listTrashBatches(SIGNAL)) {
      for await (const item of driver.listTrash({ batch }, SIGNAL)) {
        if (item.kind === "file") return await driver.restoreFromTrash({ batch, path: item.path, trash: item.trash }, SIGNAL);
      }
    }
    throw new HubError("not_found", "There is nothing in the trash");
  },
  async "empty trash"(driver) {
    for (const batch of await driver.listTrashBatches(SIGNAL)) await driver.eraseFromTrash(batch, { mayErase: () => true }, SIGNAL);
  },
};

/** What follows an upload's last byte in the hub: see `saveObject`. */
async function store(driver: Driver): Promise<void> {
  const there = await readText(driver);
  if (there === TEXT) return void (await driver.settle(PATH, SIGNAL));
  try {
    await put(driver, TEXT, there === undefined ? "absent" : "replace");
  } catch (error) {
    if (!(error instanceof HubError && error.code === "already_exists")) throw error;
    const now = await readText(driver);
    if (now !== undefined && now !== TEXT) throw error;
    await driver.settle(PATH, SIGNAL);
  }
}

/** Starts again, and holds what is left against what was acknowledged. */
async function checkRemains(left: MemoryDisk, replay: Replay, acknowledged: readonly boolean[], when: string): Promise<void> {
  const { before, doings, apart } = replay;
  const driver = driverOn(left, apart, () => 0);
  await driver.sweep(filePath(), FUTURE, SIGNAL);
  assert.equal(await driver.sweep(filePath(), FUTURE, SIGNAL), 0, `${when}: a temporary file is left`);
  const found = await readText(driver);
  const trashed = await readTrash(driver);
  const said = `${when}: at its path ${JSON.stringify(found)}, in the trash ${JSON.stringify(trashed)}, acknowledged ${acknowledged}`;

  const listed = await Array.fromAsync(driver.list(filePath(), SIGNAL), ({ path }) => path);
  assert.deepEqual(listed, found === undefined ? [] : [PATH], `${said}: listed ${listed}`);
  for (const text of [found, ...trashed]) assert.ok([undefined, TEXT, DAMAGED].includes(text), `${said}: half a file`);

  const isOneOf = (targets: readonly Doing[]) => doings.map((doing, at) => targets.includes(doing) && acknowledged[at] === true);
  const [stored, removed] = [isOneOf(["store", "restore"]).includes(true), isOneOf(["remove", "erase"]).includes(true)];
  const allowed = new Set<string | undefined>();
  if (stored || doings.includes("store") || doings.includes("restore")) allowed.add(TEXT);
  if (removed || doings.includes("remove") || doings.includes("erase")) allowed.add(undefined);
  if (!stored && !removed) allowed.add(before.startsWith("at path") ? TEXT : before === "damaged" ? DAMAGED : undefined);
  assert.ok(allowed.has(found), said);

  if (doings.includes("erase") || doings.includes("empty trash")) return;
  const wasKept = before.startsWith("at path") || before === "in trash" || stored;
  if (wasKept) assert.ok([found, ...trashed].includes(TEXT), `${said}: it is lost`);
  if (before === "damaged" && !doings.includes("store")) assert.ok([found, ...trashed].includes(DAMAGED), `${said}: it is lost`);
}

/** What a disk says without a promise. */
const AT_ONCE: ReadonlySet<string | symbol> = new Set(["homeOf", "homes", "readFolder", "writesAtOnce"]);

function driverOn(honest: MemoryDisk, apart: Apart, turns: () => number, lie?: Replay["lie"]): DiskDriver {
  const disk = lie === undefined ? honest : lying(honest, lie);
  const sideOf = (path: unknown) => (apart === "temps" ? String(path).startsWith(TEMPS) : String(path).startsWith(".hub-trash"));
  const slow = new Proxy(disk, {
    get(target, key) {
      const step: unknown = Reflect.get(target, key);
      if (typeof step !== "function") return step;
      if (AT_ONCE.has(key)) return step.bind(target);
      return async (...args: unknown[]) => {
        for (let left = turns(); left > 0; left -= 1) await undefined;
        const isMove = key === "link" || key === "rename" || key === "renameToAbsent";
        if (apart !== "none" && isMove && sideOf(args[0]) !== sideOf(args[1])) throw systemError("EXDEV");
        return await step.apply(target, args);
      };
    },
  }) satisfies Disk;
  return new DiskDriver(slow, { limits: LIMITS, warn: () => undefined });
}

/** The disk, but for one kind of step, which does nothing, or comes too late. */
function lying(disk: MemoryDisk, lie: NonNullable<Replay["lie"]>): MemoryDisk {
  const late: OpenNumber[] = [];
  const steps: Partial<Pick<Disk, "syncFile" | "syncFolder" | "close" | "link">> =
    lie === "sync after link"
      ? {
          syncFile: async (file) => void late.push(file),
          close: (file) => (late.includes(file) ? undefined : disk.close(file)),
          link: async (from, to) => {
            await disk.link(from, to);
            for (const file of late.splice(0)) {
              await disk.syncFile(file);
              await disk.close(file);
            }
          },
        }
      : { [lie]: async () => undefined };
  return new Proxy(disk, {
    get(target, key) {
      const step: unknown = Reflect.get(steps, key) ?? Reflect.get(target, key);
      return typeof step === "function" ? step.bind(target) : step;
    },
  });
}

async function put(driver: Driver, text: string, publish: "absent" | "replace"): Promise<void> {
  const bytes = Buffer.from(text);
  const pieces = async function* () {
    for (let start = 0; start < bytes.length; start += 20) yield bytes.subarray(start, start + 20);
  };
  const sha256 = text === TEXT ? SHA256 : undefined;
  await putFile(driver, PATH, pieces(), { temps: TEMPS, publish, sizeBytes: undefined, sha256 }, SIGNAL);
}

async function readTrash(driver: Driver): Promise<readonly (string | undefined)[]> {
  const texts: (string | undefined)[] = [];
  for (const batch of await driver.listTrashBatches(SIGNAL)) {
    for await (const item of driver.listTrash({ batch }, SIGNAL)) {
      assert.ok(item.kind === "file" && item.path === PATH);
      texts.push(await readText(driver, filePath(...item.trash.split("/"), batch, ...item.path.split("/"))));
    }
  }
  return texts;
}

async function readText(driver: Driver, path: FilePath = PATH): Promise<string | undefined> {
  try {
    await using file = await driver.open(path, {}, SIGNAL);
    return Buffer.concat(await Array.fromAsync(file.body, (chunk) => Buffer.from(chunk))).toString();
  } catch (error) {
    if (error instanceof HubError && error.code === "not_found") return undefined;
    throw error;
  }
}
