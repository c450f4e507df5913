import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ID_BYTES } from "#domain/repositories/object-slice.ts";
import { PackIndex } from "#domain/repositories/pack-index.ts";
import { DEFAULT_LIMITS } from "#limits.ts";
import type { Driver } from "#storage/driver.ts";
import { filePath } from "#storage/file-path.ts";
import { LocalStorage } from "#storage/local-storage/local-storage.ts";
import { putFile } from "#storage/put-file.ts";
import { tempFolder } from "./temp-folder.ts";

const SIGNAL = new AbortController().signal;
const TEMPS = filePath("restic", "laptop", ".hub-tmp");

/** The folder of packs of the one repository there is. */
export const DATA = filePath("restic", "laptop", "data");

/** Longer than a tick of the clock that sets the times of files. */
export const TICK_MS = 25;

/** The id of the object whose bytes are this text, put into the folder `digits`. */
export function idOf(text: string, digits = ""): string {
  return digits + createHash("sha256").update(text).digest("hex").slice(digits.length);
}

/** What a listing of it has: sizes by id. */
export async function listed(index: PackIndex, signal = SIGNAL): Promise<Record<string, number>> {
  const found: [string, number][] = [];
  for await (const { count, ids, sizes } of index.list(DATA, signal)) {
    for (let at = 0; at < count; at += 1)
      found.push([Buffer.from(ids.subarray(at * ID_BYTES, (at + 1) * ID_BYTES)).toString("hex"), sizes[at] ?? -1]);
  }
  assert.equal(new Set(found.map(([id]) => id)).size, found.length, "an object is listed twice");
  return Object.fromEntries(found.sort());
}

/** Counts the folders that are read. */
export function counting<Storage extends Driver>(storage: Storage): { readonly storage: Storage; readonly reads: string[] } {
  const reads: string[] = [];
  const listFolder = storage.listFolder.bind(storage);
  storage.listFolder = (folder, wanted, signal) => {
    reads.push(folder);
    return listFolder(folder, wanted, signal);
  };
  return { storage, reads };
}

/** A repository on the disk, an index over it, and ways to change it behind its back. */
export interface PackTree extends AsyncDisposable {
  readonly index: PackIndex;
  readonly storage: LocalStorage;
  readonly reads: string[];
  /** The folder of packs on the disk. */
  readonly data: string;
  /** A file as another program would put it there. */
  write(id: string, sizeBytes: number): void;
  /** What the disk has, as anybody would count it. */
  truth(): Record<string, number>;
}

/**
 * A repository on the disk. With `settled` the index takes all that lies there for an hour old, and so counts on what the folders show
 * from the first listing on, as it would with a real tree.
 */
export async function openPackTree({ settled }: { readonly settled: boolean }): Promise<PackTree> {
  const folder = await tempFolder();
  const { storage, reads } = counting(await LocalStorage.open({ root: folder.path, limits: DEFAULT_LIMITS, warn: () => undefined }));
  const data = join(folder.path, DATA);
  mkdirSync(data, { recursive: true });
  if (settled) {
    const lookAtFolder = storage.lookAtFolder.bind(storage);
    storage.lookAtFolder = async (path, signal) => {
      const look = await lookAtFolder(path, signal);
      if (look.kind !== "folder" || look.mark === undefined) return look;
      return { ...look, mark: { ...look.mark, seenAtMs: look.mark.seenAtMs + 3_600_000 } };
    };
  }
  return {
    index: new PackIndex({ storage, limits: DEFAULT_LIMITS, monotonic: () => performance.now() }),
    storage,
    reads,
    data,
    write(id, sizeBytes) {
      mkdirSync(join(data, id.slice(0, 2)), { recursive: true });
      writeFileSync(join(data, id.slice(0, 2), id), Buffer.alloc(sizeBytes));
    },
    truth() {
      const found = readdirSync(data).flatMap((digits) =>
        readdirSync(join(data, digits)).map((id): [string, number] => [id, statSync(join(data, digits, id)).size]),
      );
      return Object.fromEntries(found.filter(([id]) => /^[0-9a-f]{64}$/.test(id)).sort());
    },
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Uploads an object with this text for its bytes. */
export async function put(storage: Driver, id: string, text: string): Promise<void> {
  const body = async function* () {
    yield Buffer.from(text);
  };
  const path = filePath(...DATA.split("/"), id.slice(0, 2), id);
  await putFile(storage, path, body(), { temps: TEMPS, publish: "absent", sizeBytes: undefined }, SIGNAL);
}
