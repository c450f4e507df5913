import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "#limits.ts";
import { HubError } from "#model/hub-error.ts";
import type { Driver, MovedToTrash } from "../driver.ts";
import { filePath } from "../file-path.ts";
import { LocalStorage } from "../local-storage/local-storage.ts";
import { MemoryDisk } from "../memory/memory-disk.ts";
import { systemError } from "../memory/memory-fault.ts";
import { seededRandom } from "../memory/seeded-random.ts";
import { putFile } from "../put-file.ts";
import type { Disk } from "./disk.ts";
import { DiskDriver } from "./disk-driver.ts";

const SIGNAL = new AbortController().signal;
const PATH = filePath("r", "data", "ab", "object");
const CONFIG = filePath("r", "config");
const TEMPS = filePath("r", ".hub-tmp");
const SEEDS = 150;
const AT_MS = Date.UTC(2026, 10, 21, 17);

const LINKS = {
  "where files can have two names": undefined,
  "where the trash lies on another disk": "EXDEV",
  "where files have one name only": "EPERM",
} as const;

for (const [where, fault] of Object.entries(LINKS)) {
  for (const movers of [1, 2]) {
    test(`restores and removals by several processes lose no byte, however their steps fall: ${movers} removing, ${where}`, async () => {
      for (let seed = 0; seed < SEEDS; seed += 1) {
        const drivers = onOneDisk(seed, fault);
        const [first, ...others] = drivers;
        assert.ok(first !== undefined);
        await put(first, "one");
        if (seed % 2 === 0) await first.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
        await Promise.all([
          ...others.slice(0, movers).map((driver) => removeTwice(driver)),
          restoreAll(first),
          ...(seed % 3 === 0 ? [put(others.at(-1) ?? first, "one")] : []),
        ]);
        assert.ok((await textsOf(first)).includes("one"), `seed ${seed}: ${JSON.stringify(await textsOf(first))}`);
      }
    });
  }
}

for (const [where, fault] of Object.entries(LINKS)) {
  test(`removals and uploads by several processes count what went, and what the trash has got, once: ${where}`, async () => {
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const [first, second, third] = onOneDisk(seed, fault);
      assert.ok(first !== undefined && second !== undefined && third !== undefined);
      await put(first, "one");
      const again = async () => [await put(third, "one"), ...(await removalsOf(third))] as const;
      const [[isNew, ...ofThird], ...others] = await Promise.all([again(), removalsOf(first), removalsOf(second)]);
      const moved = [...ofThird, ...others.flat()];
      const there = (await readText(first))?.length ?? 0;
      const trashed = (await textsOf(first)).join("").length - there;
      const putBytes = isNew ? 6 : 3;
      assert.equal(sum(moved.map(({ sizeBytes = 0 }) => sizeBytes)), putBytes - there, `seed ${seed}`);
      assert.equal(sum(moved.map(({ trashedBytes }) => trashedBytes)), trashed, `seed ${seed}`);
    }
  });
}

test("two restores of several processes and a removal lose no byte, however their steps fall", async () => {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const [first, second, third] = onOneDisk(seed, undefined);
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    await put(first, "one");
    await first.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
    await Promise.all([restoreAll(first), restoreAll(second), removeTwice(third)]);
    assert.ok((await textsOf(first)).includes("one"), `seed ${seed}`);
  }
});

test("a removal that stands still before its last step, while another removes the file and a restore brings it back, loses nothing", async () => {
  const disk = new MemoryDisk({ capacityBytes: 1e6, clock: () => 1 });
  const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const standing = new Proxy(disk, {
    get(target, key) {
      const step: unknown = Reflect.get(target, key);
      if (typeof step !== "function") return step;
      if (key !== "rename" && key !== "unlink") return step.bind(target);
      return async (...args: unknown[]) => {
        reached.resolve();
        if (args[0] === PATH) await released.promise;
        return await step.apply(target, args);
      };
    },
  }) satisfies Disk;
  const options = { limits: { writeChunkBytes: 16, readChunkBytes: 16 }, warn: () => undefined };
  const [slow, hub, command] = [new DiskDriver(standing, options), new DiskDriver(disk, options), new DiskDriver(disk, options)];
  await put(hub, "one");
  const removal = slow.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
  await reached.promise;
  await hub.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
  await restoreAll(command);
  assert.equal(await readText(hub), "one");
  released.resolve();
  await removal;
  assert.deepEqual(await textsOf(hub), ["one"]);
});

test("other bytes that come to the same path meanwhile are lost as little", async () => {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const [first, second, third] = onOneDisk(seed, undefined);
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    await put(first, "one", CONFIG);
    await first.moveToTrash(CONFIG, { atMs: AT_MS }, SIGNAL);
    const stored: string[] = ["one"];
    const store = async (driver: Driver, text: string) => void ((await put(driver, text, CONFIG)) && stored.push(text));
    await Promise.all([
      store(second, "two").then(() => second.moveToTrash(CONFIG, { atMs: AT_MS }, SIGNAL)),
      restoreAll(first),
      third.moveToTrash(CONFIG, { atMs: AT_MS }, SIGNAL).then(() => store(third, "three")),
    ]);
    const found = await textsOf(first, CONFIG);
    for (const text of stored) assert.ok(found.includes(text), `seed ${seed}: ${text} is not among ${found}`);
  }
});

test("two processes on one folder, of which one restores what the other removes and stores again, lose nothing", async () => {
  const root = await mkdtemp(join(tmpdir(), "hf-"));
  try {
    const open = () => LocalStorage.open({ root, limits: DEFAULT_LIMITS, warn: assert.fail });
    const [hub, command] = [await open(), await open()];
    for (let round = 0; round < 200; round += 1) {
      if (round % 3 === 0) await put(hub, "one");
      await Promise.all([removeTwice(hub), restoreAll(command), ...(round % 2 === 0 ? [put(command, "one")] : [])]);
      assert.ok((await textsOf(hub)).includes("one"), `round ${round}`);
    }
  } finally {
    await rm(root, { recursive: true });
  }
});

/** Drivers that know nothing of each other, on one disk whose steps end in an order that `seed` chooses. */
function onOneDisk(seed: number, fault: "EXDEV" | "EPERM" | undefined): readonly DiskDriver[] {
  const random = seededRandom(seed);
  const disk = new MemoryDisk({ capacityBytes: 1e6, clock: () => 1 });
  const isInTrash = (path: unknown) => String(path).startsWith(".hub-trash/");
  const slow = () =>
    new Proxy(disk, {
      get(target, key) {
        const step: unknown = Reflect.get(target, key);
        if (typeof step !== "function") return step;
        if (key === "readFolder" || key === "homeOf" || key === "homes") return step.bind(target);
        return async (...args: unknown[]) => {
          // Now and then one process stands still while the others do all of theirs.
          for (let turns = Math.floor(random() * (random() < 0.05 ? 2000 : 10)); turns > 0; turns -= 1) await undefined;
          const crosses = ["link", "rename", "renameToAbsent"].includes(String(key)) && isInTrash(args[0]) !== isInTrash(args[1]);
          if (fault === "EXDEV" ? crosses : fault === "EPERM" && key === "link") throw systemError(fault ?? "");
          return await step.apply(target, args);
        };
      },
    }) satisfies Disk;
  const limits = { writeChunkBytes: 16, readChunkBytes: 16 };
  return [1, 2, 3].map(() => new DiskDriver(slow(), { limits, warn: () => undefined }));
}

async function put(driver: Driver, text: string, path = PATH): Promise<boolean> {
  const body = async function* () {
    yield Buffer.from(text);
  };
  try {
    await putFile(driver, path, body(), { temps: TEMPS, publish: "absent", sizeBytes: undefined }, SIGNAL);
    return true;
  } catch (error) {
    if (error instanceof HubError && error.code === "already_exists") return false;
    throw error;
  }
}

async function removeTwice(driver: Driver): Promise<void> {
  for (let times = 0; times < 2; times += 1) await driver.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL);
}

async function removalsOf(driver: Driver): Promise<readonly MovedToTrash[]> {
  const moved = [];
  for (let times = 0; times < 2; times += 1) moved.push(await driver.moveToTrash(PATH, { atMs: AT_MS }, SIGNAL));
  return moved.filter((one) => one !== undefined);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

async function restoreAll(driver: Driver): Promise<void> {
  for (const batch of await driver.listTrashBatches(SIGNAL)) {
    for (const path of [PATH, CONFIG]) {
      await driver.restoreFromTrash({ batch, path }, SIGNAL).catch((error: unknown) => {
        if (!(error instanceof HubError && (error.code === "not_found" || error.code === "already_exists"))) throw error;
      });
    }
  }
}

/** The bytes at the path, and those of each version of it in the trash. */
async function textsOf(driver: Driver, path = PATH): Promise<readonly string[]> {
  const texts = [await readText(driver, path)];
  for (const batch of await driver.listTrashBatches(SIGNAL)) {
    for await (const item of driver.listTrash({ batch, below: path }, SIGNAL)) {
      assert.ok(item.kind === "file");
      texts.push(await readText(driver, filePath(...item.trash.split("/"), batch, ...path.split("/"))));
    }
  }
  return texts.filter((text) => text !== undefined);
}

async function readText(driver: Driver, path = PATH): Promise<string | undefined> {
  if ((await driver.stat(path, SIGNAL)).kind !== "file") return undefined;
  await using file = await driver.open(path, {}, SIGNAL);
  const pieces = await Array.fromAsync(file.body, (piece) => Buffer.from(piece));
  return Buffer.concat(pieces).toString();
}
