import { createHash } from "node:crypto";
import { createReadStream, type Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ObjectPath } from "./ledger.ts";

/** A file, read whole. */
export interface SeenFile {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** What lies in the data folder of a hub, read without it. */
export interface DiskLook {
  /** Objects at their places. */
  readonly places: ReadonlyMap<ObjectPath, SeenFile>;
  /** What the trash has of each: other bytes of one path lie beside each other. */
  readonly trash: ReadonlyMap<ObjectPath, readonly SeenFile[]>;
  /** What all of the trash comes to, temporary files in it left out. */
  readonly trashBytes: number;
  /** Temporary files of uploads, and what a removal or restore that was killed had taken out of its place. */
  readonly temps: readonly string[];
  /** Of these the latter: until the hub has kept them in the trash nothing else here is settled. */
  readonly moved: number;
  /** Files that have no business there. */
  readonly strangers: readonly string[];
}

/** Reads files once: a file of the same place, size and time is not read again. */
export class DiskLooker {
  readonly #known = new Map<string, SeenFile>();
  readonly #files: string;

  /** `data`: the hub's data folder. */
  constructor(data: string) {
    this.#files = join(data, "files");
  }

  async look(): Promise<DiskLook> {
    const places = new Map<ObjectPath, SeenFile>();
    const trash = new Map<ObjectPath, SeenFile[]>();
    const [temps, strangers]: [string[], string[]] = [[], []];
    let [trashBytes, moved] = [0, 0];
    for await (const path of filesBelow(this.#files, "")) {
      const inTrash = /^\.hub-trash\/[^/]+\/(?<path>.+)$/.exec(path)?.groups?.["path"];
      const object = objectOf(inTrash ?? path);
      if (/\/\.hub-own-[^/]*$/.test(path)) {
        moved += 1;
        temps.push(path);
      } else if (/(^|\/)\.hub-tmp(\/|-)/.test(path)) {
        if (inTrash === undefined) temps.push(path);
      } else if (object === undefined) {
        if (path.startsWith("restic/") || inTrash !== undefined) strangers.push(path);
      } else {
        const seen = await this.#see(path);
        if (seen === undefined) continue;
        if (inTrash === undefined) places.set(object, seen);
        else trash.set(object, [...(trash.get(object) ?? []), seen]);
        if (inTrash !== undefined) trashBytes += seen.sizeBytes;
      }
    }
    return { places, trash, trashBytes, temps, moved, strangers };
  }

  /** Undefined when it has gone: the hub takes old leftovers away meanwhile. */
  async #see(path: string): Promise<SeenFile | undefined> {
    const absolute = join(this.#files, path);
    try {
      const { size, mtimeMs, ino } = await stat(absolute);
      const key = `${path}:${size}:${mtimeMs}:${ino}`;
      const seen = this.#known.get(key) ?? { sizeBytes: size, sha256: await digestOf(absolute) };
      this.#known.set(key, seen);
      return seen;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined; // a system's error has a code
      throw error;
    }
  }
}

/** `restic/nas/raw/data/ab/abcd` is `nas/raw/data/abcd`. */
function objectOf(path: string): ObjectPath | undefined {
  const found =
    /^restic\/(?<repository>.+?)\/(?:(?<config>config)|(?<type>data\/[0-9a-f]{2}|index|keys|locks|snapshots)\/(?<id>[0-9a-f]{64}))$/.exec(
      path,
    );
  if (found?.groups === undefined) return undefined;
  const { repository, config, type, id } = found.groups;
  return config === undefined ? `${repository}/${type?.split("/")[0]}/${id}` : `${repository}/config`;
}

async function* filesBelow(root: string, folder: string): AsyncGenerator<string> {
  let entries: Dirent[];
  try {
    entries = await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return; // swept meanwhile
    throw error;
  }
  for (const entry of entries) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(root, path);
    else yield path;
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}
