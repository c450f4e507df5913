import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { DiskDriver } from "../disk/disk-driver.ts";
import { JoinedDisk } from "../disk/joined-disk.ts";
import type { BeginOptions, Driver } from "../driver.ts";
import { below, type FilePath, filePath } from "../file-path.ts";
import { putFile } from "../put-file.ts";
import { MemoryDisk } from "./memory-disk.ts";
import { type FaultPlan, type MemoryStep, systemError } from "./memory-fault.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { writingModeOf } from "./writing-modes.ts";

const SIGNAL = new AbortController().signal;
const SEEDS = 16;
const LIMITS = { writeChunkBytes: 16, readChunkBytes: 16 };
const TEMPS = filePath("r", ".hub-tmp");
const PART = filePath("r");
const MODES = 3;
const FUTURE = { oursBeforeMs: Date.now() + 1e9, foreignBeforeMs: Date.now() + 1e9 };

/** A storage on modelled disks whose power can be cut. */
interface CuttableStorage extends Driver {
  inject(plan: FaultPlan): void;
  powerCut(seed: number): CuttableStorage;
}

/** Two modelled disks, of which one holds everything below `r`. Their steps are counted together, and their power goes at once. */
class JoinedMemoryStorage extends DiskDriver implements CuttableStorage {
  readonly #own: MemoryDisk;
  readonly #part: MemoryDisk;

  constructor(own: MemoryDisk, part: MemoryDisk) {
    const joined = new JoinedDisk(own);
    joined.setParts([{ prefix: PART, disk: part, requireThere: () => undefined }]);
    super(joined, { limits: LIMITS, warn: () => undefined });
    this.#own = own;
    this.#part = part;
  }

  inject(plan: FaultPlan): void {
    let [steps, isOff] = [0, false];
    const together: FaultPlan = ({ call, path }) => {
      const fault = isOff ? ({ kind: "power-cut" } as const) : plan({ index: steps, call, path });
      steps += 1;
      isOff ||= fault?.kind === "power-cut";
      return fault;
    };
    this.#own.inject(together);
    this.#part.inject(together);
  }

  powerCut(seed: number): JoinedMemoryStorage {
    return new JoinedMemoryStorage(this.#own.powerCut(seed), this.#part.powerCut(seed + SEEDS));
  }
}

/** Uploads to it write as `seed` has it. */
function openPlain(seed: number): CuttableStorage {
  return new MemoryStorage({ limits: LIMITS, writesAtOnce: writingModeOf(seed) });
}

/** The same on two disks. */
function openJoined(seed: number): CuttableStorage {
  const options = { capacityBytes: 2 ** 50, clock: Date.now, writesAtOnce: writingModeOf(seed) };
  return new JoinedMemoryStorage(new MemoryDisk(options), new MemoryDisk(options));
}

/** Where the files of the scenarios lie. */
const PLACES: readonly { readonly where: string; readonly open: (seed: number) => CuttableStorage }[] = [
  { where: "", open: openPlain },
  { where: ", in a part that is kept elsewhere", open: openJoined },
];

/** The same, but for a trash that lies on another disk. */
const APART = { where: ", which lies on another disk", open: openPlain, apart: true };

/** What happened before the power went. */
interface History {
  /** What may be at each path: the bytes as text, or undefined for nothing. The last acknowledged one must. */
  readonly possible: Map<FilePath, (string | undefined)[]>;
}

/** Something that clients do at once; each notes in `history` what it was promised. */
type Scenario = (storage: CuttableStorage, history: History) => readonly Promise<unknown>[];

const SCENARIOS: Readonly<Record<string, { readonly before?: (storage: CuttableStorage) => Promise<unknown>; readonly run: Scenario }>> = {
  "an upload into folders that are all new": {
    run: (storage, history) => [
      upload(storage, history, filePath("r", "data", "ab", "one"), "the only bytes of this file, in some pieces"),
    ],
  },
  "an upload into folders that are durable": {
    before: (storage) => storage.makeFolder(filePath("r", "data", "ab"), SIGNAL),
    run: (storage, history) => [
      upload(storage, history, filePath("r", "data", "ab", "one"), "the only bytes of this file, in some pieces"),
    ],
  },
  "two uploads into one new folder": {
    run: (storage, history) =>
      ["one", "two"].map((name) => upload(storage, history, filePath("r", "data", "ab", name), `bytes of ${name}`)),
  },
  "three uploads to one path": {
    run: (storage, history) => ["a", "bb", "ccc"].map((bytes) => upload(storage, history, filePath("r", "keys", "k"), bytes)),
  },
  "a damaged file is replaced": {
    before: (storage) => putText(storage, filePath("r", "data", "ab", "one"), "damaged bytes", "absent"),
    run: (storage, history) => {
      history.possible.set(filePath("r", "data", "ab", "one"), ["damaged bytes"]);
      return [upload(storage, history, filePath("r", "data", "ab", "one"), "the right bytes, more of them", "replace")];
    },
  },
  "a file is erased": {
    before: (storage) => putText(storage, filePath("r", "locks", "l"), "a lock", "absent"),
    run: (storage, history) => {
      const path = filePath("r", "locks", "l");
      const possible: (string | undefined)[] = ["a lock", undefined];
      history.possible.set(path, possible);
      return [storage.erase(path, SIGNAL).then(() => possible.splice(0, 2, undefined))];
    },
  },
};

const TRASHED = filePath("r", "data", "ab", "one");
const AT_MS = Date.UTC(2026, 10, 21, 17);
const BATCH = "2026-11-21T17";
const TRASH_TEXT = "the bytes that are removed";

/** Scenarios of the trash: what was put there must be at its path or in the trash, whatever happens, and where an answer has said it is. */
const TRASH_SCENARIOS: Readonly<
  Record<
    string,
    {
      readonly before: (storage: CuttableStorage) => Promise<unknown>;
      readonly run: (storage: CuttableStorage) => Promise<unknown>;
      readonly end: "path" | "trash";
    }
  >
> = {
  "a file goes into the trash": {
    before: (storage) => putText(storage, TRASHED, TRASH_TEXT, "absent"),
    run: (storage) => storage.moveToTrash(TRASHED, { atMs: AT_MS }, SIGNAL),
    end: "trash",
  },
  "a file goes into the trash where the same bytes are": {
    before: async (storage) => {
      await putText(storage, TRASHED, TRASH_TEXT, "absent");
      await storage.moveToTrash(TRASHED, { atMs: AT_MS }, SIGNAL);
      await putText(storage, TRASHED, TRASH_TEXT, "absent");
    },
    run: (storage) => storage.moveToTrash(TRASHED, { atMs: AT_MS }, SIGNAL),
    end: "trash",
  },
  "a file is removed twice at once": {
    before: (storage) => putText(storage, TRASHED, TRASH_TEXT, "absent"),
    run: (storage) =>
      Promise.all([storage.moveToTrash(TRASHED, { atMs: AT_MS }, SIGNAL), storage.moveToTrash(TRASHED, { atMs: AT_MS }, SIGNAL)]),
    end: "trash",
  },
  "a file comes back": {
    before: async (storage) => {
      await putText(storage, TRASHED, TRASH_TEXT, "absent");
      await storage.moveToTrash(TRASHED, { atMs: AT_MS }, SIGNAL);
    },
    run: (storage) => storage.restoreFromTrash({ batch: BATCH, path: TRASHED }, SIGNAL),
    end: "path",
  },
  "a file comes back that a restore has left in a batch of its own": {
    before: async (storage) => {
      const left = below(storage.homeOf(TRASHED), ".hub-trash", `${BATCH}~r0123abcd`, ...TRASHED.split("/"));
      await putText(storage, left, TRASH_TEXT, "absent");
    },
    run: (storage) => storage.restoreFromTrash({ batch: `${BATCH}~r0123abcd`, path: TRASHED }, SIGNAL),
    end: "path",
  },
};

for (const [name, { before, run, end }] of Object.entries(TRASH_SCENARIOS)) {
  for (const { where, open, apart } of [...PLACES.map((place) => ({ ...place, apart: false })), APART]) {
    test(`power that goes at any moment loses no byte on the way to the trash or back: ${name}${where}`, async () => {
      const start = async (seed: number) => {
        const storage = open(seed);
        await before(storage);
        return storage;
      };
      let steps = 0;
      const counted = await start(0);
      const countedPlan = apart ? crossingOnce(end) : () => undefined;
      counted.inject((step) => {
        steps = step.index + 1;
        return countedPlan(step);
      });
      await run(counted);
      assert.ok(steps > 3, "the scenario does nothing");
      for (let cut = 0; cut <= steps; cut += 1) {
        for (let seed = 0; seed < SEEDS; seed += 1) {
          const storage = await start(seed);
          const plan = apart ? crossingOnce(end) : () => undefined;
          storage.inject((step) => (step.index === cut ? { kind: "power-cut" } : plan(step)));
          const acknowledged = await run(storage).then(
            () => true,
            () => false,
          );
          const left = storage.powerCut(seed);
          const found = { path: await readText(left, TRASHED), trash: await readTrash(left) };
          const when = `cut before step ${cut} of ${steps}, seed ${seed}: ${JSON.stringify(found)}`;
          assert.ok(found.path === TRASH_TEXT || found.trash === TRASH_TEXT, when);
          if (acknowledged) assert.equal(found[end], TRASH_TEXT, when);
          if (acknowledged && end === "trash") assert.equal(found.path, undefined, when);
          if (found.path !== undefined) assert.equal(found.path, TRASH_TEXT, when);
        }
      }
    });
  }
}

/** The first name that is given on the other side crosses to another disk; the second comes from a copy that lies beside it. */
function crossingOnce(to: "path" | "trash"): FaultPlan {
  let crossed = false;
  return ({ call, path }) => {
    if (path.startsWith(".hub-trash/") !== (to === "trash")) return undefined;
    if (call !== "rename" && (call !== "link" || crossed)) return undefined;
    if (call === "link") crossed = true;
    return { kind: "fail-before", error: Object.assign(new Error("EXDEV"), { code: "EXDEV" }) };
  };
}

async function readTrash(storage: CuttableStorage): Promise<string | undefined> {
  for (const batch of await storage.listTrashBatches(SIGNAL)) {
    for await (const item of storage.listTrash({ batch }, SIGNAL)) {
      assert.equal(item.path, TRASHED);
      const trashes = [filePath(".hub-trash"), below(PART, ".hub-trash")];
      const texts = await Promise.all(trashes.map((trash) => readText(storage, below(trash, batch, ...TRASHED.split("/")))));
      return texts.find((text) => text !== undefined);
    }
  }
  return undefined;
}

for (const [name, { before, run }] of Object.entries(SCENARIOS)) {
  for (const { where, open } of PLACES) {
    test(`power that goes at any moment takes nothing acknowledged and leaves no half file: ${name}${where}`, async () => {
      const start = async (seed: number) => {
        const storage = open(seed);
        await before?.(storage);
        return storage;
      };
      let steps = 0;
      for (let mode = 0; mode < MODES; mode += 1) steps = Math.max(steps, await countSteps(await start(mode), run));
      assert.ok(steps > 2, "the scenario does nothing");
      for (let cut = 0; cut <= steps; cut += 1) {
        for (let seed = 0; seed < SEEDS; seed += 1) {
          const storage = await start(seed);
          const history: History = { possible: new Map() };
          storage.inject(({ index }) => (index === cut ? { kind: "power-cut" } : undefined));
          await Promise.allSettled(run(storage, history));
          await checkWhatIsLeft(storage.powerCut(seed), history, `cut before step ${cut} of ${steps}, seed ${seed}`);
        }
      }
    });
  }
}

test("without hard links too: nothing acknowledged goes, no half file is left, and of two processes one alone has the name", async () => {
  const path = filePath("r", "config");
  const texts = ["the config of one", "another one's config"];
  let isOver = false;
  for (let cut = 0; !isOver; cut += 1) {
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const disk = new MemoryDisk({ capacityBytes: 1e6, clock: () => 1 });
      isOver = true;
      disk.inject(({ index, call }) => {
        if (index === cut) isOver = false;
        if (index === cut) return { kind: "power-cut" };
        return call === "link" ? { kind: "fail-before", error: systemError("EPERM") } : undefined;
      });
      const ends = await Promise.allSettled(
        texts.map((text) => putText(new MemoryStorage({ limits: LIMITS }, disk), path, text, "absent")),
      );
      const stored = texts.filter((_, at) => ends[at]?.status === "fulfilled");
      const found = await readText(new MemoryStorage({}, disk.powerCut(seed)), path);
      const when = `cut before step ${cut}, seed ${seed}: ${JSON.stringify({ stored, found })}`;
      assert.ok(stored.length < 2 && (!isOver || stored.length === 1), when);
      assert.ok(stored.length === 1 ? found === stored[0] : found === undefined || texts.includes(found), when);
    }
  }
});

test("every step of an upload is one that the power can be cut before", async () => {
  const calls: MemoryStep["call"][] = [];
  const storage = new MemoryStorage({ limits: LIMITS });
  storage.inject(({ call }) => void calls.push(call));
  await putText(storage, filePath("r", "config"), "12345678901234567890", "absent");
  for (const call of ["makeFolder", "createFile", "write", "syncFile", "close", "link", "syncFolder", "unlink"] as const) {
    assert.ok(calls.includes(call), call);
  }
  assert.ok(calls.indexOf("syncFile") < calls.indexOf("link") && calls.indexOf("link") < calls.indexOf("syncFolder"));
});

for (const [what, lies] of [
  ["a file", "syncFile"],
  ["a folder", "syncFolder"],
] as const) {
  test(`the model of a power cut catches a disk whose sync of ${what} does nothing`, async () => {
    let lost = 0;
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const storage = openPlain(seed);
      const history: History = { possible: new Map() };
      storage.inject(unsupported(lies));
      await Promise.all([upload(storage, history, filePath("r", "one"), "bytes that are not synced")]);
      await checkWhatIsLeft(storage.powerCut(seed), history, "").catch(() => (lost += 1));
    }
    assert.ok(lost > 0);
  });
}

/** A file system that says it cannot sync, which the driver has to believe. */
function unsupported(lies: "syncFile" | "syncFolder"): FaultPlan {
  const error = Object.assign(new Error("EINVAL"), { code: "EINVAL" });
  return ({ call }) => (call === lies ? { kind: "fail-before", error } : undefined);
}

async function countSteps(storage: CuttableStorage, run: Scenario): Promise<number> {
  let steps = 0;
  storage.inject(({ index }) => {
    steps = index + 1;
    return undefined;
  });
  await Promise.allSettled(run(storage, { possible: new Map() }));
  return steps;
}

async function putText(storage: CuttableStorage, path: FilePath, text: string, publish: BeginOptions["publish"]): Promise<void> {
  const bytes = Buffer.from(text);
  const pieces = async function* () {
    for (let start = 0; start < bytes.length; start += 20) yield bytes.subarray(start, start + 20);
  };
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await putFile(storage, path, pieces(), { temps: TEMPS, publish, sha256 }, SIGNAL);
}

/** Uploads, and notes what may and, once it is acknowledged, what must be there afterwards. */
async function upload(
  storage: CuttableStorage,
  { possible }: History,
  path: FilePath,
  text: string,
  publish: BeginOptions["publish"] = "absent",
): Promise<void> {
  const here = possible.get(path) ?? [undefined];
  possible.set(path, here);
  here.push(text);
  await putText(storage, path, text, publish);
  here.splice(0, here.length, text);
}

async function checkWhatIsLeft(storage: CuttableStorage, { possible }: History, when: string): Promise<void> {
  for (const [path, contents] of possible) {
    const found = await readText(storage, path);
    assert.ok(contents.includes(found), `${when}: ${path} is ${JSON.stringify(found)}, not one of ${JSON.stringify(contents)}`);
  }
  for await (const item of storage.list(filePath(), SIGNAL)) assert.ok(possible.has(item.path), `${when}: ${item.path} is listed`);
  await storage.sweep(filePath(), FUTURE, SIGNAL);
  assert.equal(await storage.sweep(filePath(), FUTURE, SIGNAL), 0, when);
}

async function readText(storage: CuttableStorage, path: FilePath): Promise<string | undefined> {
  if ((await storage.stat(path, SIGNAL)).kind === "absent") return undefined;
  await using file = await storage.open(path, {}, SIGNAL);
  let text = "";
  for await (const chunk of file.body) text += Buffer.from(chunk).toString();
  return text;
}
