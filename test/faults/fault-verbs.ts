import { setTimeout as sleep } from "node:timers/promises";
import { readPath } from "#domain/access/set-grant.ts";
import { countRepository } from "#domain/quotas/count-repository.ts";
import { emptyTrash } from "#domain/removal/empty-trash.ts";
import { restoreTrash } from "#domain/removal/restore-trash.ts";
import { LISTING_V2 } from "#doors/restic/wire.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { type FilePath, filePath } from "#storage/file-path.ts";
import { putFile } from "#storage/put-file.ts";
import type { DoorHub } from "../support/door-hub.ts";
import { type RequestOptions, randomObject } from "../support/http-request.ts";

/** One thing to ask of the hub, as often as one likes. */
export interface Attempt {
  /** Through which door it goes; `none` for the verbs of the command line. */
  readonly door?: "restic" | "none";
  /** Asks; resolves to the status, 0 for a reply that broke off. */
  ask(): Promise<number>;
  /** What cannot be read is left as it is and told of, and the rest is done. */
  readonly isPartial?: boolean;
  /** Whether what was asked for is as it should be after a success. */
  holds(): Promise<boolean>;
}

/** Makes everything ready and hands out the attempt; each time anew. */
export type Verb = (door: DoorHub) => Promise<Attempt>;

const SIGNAL = new AbortController().signal;

/** Larger than two pieces of what is written at once, and than two chunks of what is read, with the limits of the table. */
export const SIZE_BYTES = 2500;

/** Every verb that touches the disk, by name. */
export const FAULT_VERBS: Readonly<Record<string, Verb>> = {
  "POST of a new pack": async (door) => upload(door, "data"),
  "POST of a lock": async (door) => upload(door, "locks"),
  "POST of a pack that does not say its length": async (door) => upload(door, "data", { chunked: true }),
  "POST of a pack that is there": async (door) => {
    const attempt = upload(door, "data");
    await attempt.ask();
    return attempt;
  },
  "POST of a pack that is damaged": async (door) => {
    const { path, id, bytes } = await stored(door, "data");
    const wrong = async function* () {
      yield Buffer.alloc(SIZE_BYTES);
    };
    const options = { temps: filePath("restic", "laptop", ".hub-tmp"), publish: "replace", sizeBytes: SIZE_BYTES } as const;
    await putFile(door.hub.core.storage, path, wrong(), options, SIGNAL);
    return uploadOf(door, "data", { id, bytes });
  },
  "POST of a config": async (door) => {
    const name = freshName();
    const target = `/laptop/${name}/config`;
    return {
      ask: () => statusOf(door, "POST", target, { body: "config" }),
      holds: async () => (await door.send("GET", target)).body.toString() === "config",
    };
  },
  "POST of a config that is there": async (door) => ({
    ask: () => statusOf(door, "POST", "/laptop/config", { body: "config" }),
    holds: async () => (await door.send("GET", "/laptop/config")).body.toString() === "config",
  }),
  "DELETE of a pack": async (door) => {
    const { target, path, bytes } = await stored(door, "data");
    return {
      ask: () => statusOf(door, "DELETE", target),
      holds: async () => (await kindAt(door, path)) === "absent" && (await inTrash(door, path)) === bytes.length,
    };
  },
  "DELETE of a lock": async (door) => {
    const { target, path } = await stored(door, "locks");
    return { ask: () => statusOf(door, "DELETE", target), holds: async () => (await kindAt(door, path)) === "absent" };
  },
  "restore from the trash": async (door) => {
    const { target, path, id, bytes } = await stored(door, "data");
    await door.send("DELETE", target);
    const restore = async () => {
      if ((await kindAt(door, path)) === "file" && (await inTrash(door, path)) === undefined) return;
      await restoreTrash(door.hub.core, OPERATOR, { path: `/laptop/data/${id}` }, SIGNAL);
    };
    return { door: "none", ask: () => outcomeOf(restore), holds: async () => (await door.send("GET", target)).body.equals(bytes) };
  },
  "emptying the trash": async (door) => {
    const { target, path } = await stored(door, "data");
    await door.send("DELETE", target);
    return {
      isPartial: true,
      door: "none",
      ask: () => outcomeOf(() => emptyTrash(door.hub.core, OPERATOR, { beforeHold: true }, SIGNAL)),
      holds: async () => (await inTrash(door, path)) === undefined,
    };
  },
  "GET of a pack": async (door) => {
    const { target, bytes } = await stored(door, "data");
    return { ask: () => statusOf(door, "GET", target), holds: async () => (await door.send("GET", target)).body.equals(bytes) };
  },
  "GET of a part of a pack": async (door) => {
    const { target, bytes } = await stored(door, "data");
    const part = { headers: { range: "bytes=10-19" } };
    return {
      ask: async () => {
        const status = await statusOf(door, "GET", target, part);
        return status === 206 ? 200 : status;
      },
      holds: async () => (await door.send("GET", target, part)).body.equals(bytes.subarray(10, 20)),
    };
  },
  "HEAD of a pack": async (door) => {
    const { target } = await stored(door, "data");
    return {
      ask: () => statusOf(door, "HEAD", target),
      holds: async () => Number((await door.send("HEAD", target)).headers["content-length"]) === SIZE_BYTES,
    };
  },
  "HEAD of the config": async (door) => ({ ask: () => statusOf(door, "HEAD", "/laptop/config"), holds: async () => true }),
  "a listing": async (door) => {
    const { id } = await stored(door, "snapshots");
    const list = () => door.send("GET", "/laptop/snapshots/", { headers: { accept: LISTING_V2 } });
    return { ask: () => statusOf(door, "GET", "/laptop/snapshots/"), holds: async () => (await list()).body.includes(id) };
  },
  "a count of what is stored": async (door) => ({
    door: "none",
    ask: () => outcomeOf(() => count(door)),
    holds: async () => true,
  }),
  "creation of a repository": async (door) => {
    const target = `/laptop/${freshName()}/`;
    return {
      ask: () => statusOf(door, "POST", `${target}?create=true`),
      holds: async () => (await door.send("GET", `${target}locks/`, { headers: { accept: LISTING_V2 } })).body.toString() === "[]",
    };
  },
};

/** Counts, after a count of the hub's own that may be under way. */
async function count({ hub }: DoorHub): Promise<void> {
  const path = readPath(hub.core, "/laptop");
  while ((await countRepository(hub.core, path, { gently: false }, SIGNAL)) === "busy") {
    await hub.core.quotas.flush();
    await sleep(10);
  }
}

let names = 0;

function freshName(): string {
  names += 1;
  return `other${names}`;
}

type Type = "data" | "locks" | "snapshots";

interface Stored {
  readonly id: string;
  readonly bytes: Buffer;
  readonly target: string;
  readonly path: FilePath;
}

function upload(door: DoorHub, type: Type, options?: { readonly chunked: boolean }): Attempt {
  return uploadOf(door, type, randomObject(SIZE_BYTES), options);
}

function uploadOf(
  door: DoorHub,
  type: Type,
  { id, bytes }: { readonly id: string; readonly bytes: Buffer },
  { chunked = false }: { readonly chunked?: boolean } = {},
): Attempt {
  const target = `/laptop/${type}/${id}`;
  const pieces = async function* () {
    for (let start = 0; start < bytes.length; start += 1000) yield bytes.subarray(start, start + 1000);
  };
  return {
    ask: () => statusOf(door, "POST", target, { body: chunked ? pieces() : bytes }),
    holds: async () => (await door.send("GET", target)).body.equals(bytes),
  };
}

async function stored(door: DoorHub, type: Type): Promise<Stored> {
  const { id, bytes } = randomObject(SIZE_BYTES);
  const target = `/laptop/${type}/${id}`;
  const { status } = await door.send("POST", target, { body: bytes });
  if (status !== 200) throw new Error(`The object that the verb is about was answered with ${status}`);
  return { id, bytes, target, path: objectPath(type, id) };
}

function objectPath(type: Type, id: string): FilePath {
  return type === "data" ? filePath("restic", "laptop", type, id.slice(0, 2), id) : filePath("restic", "laptop", type, id);
}

async function statusOf(door: DoorHub, method: string, target: string, options?: RequestOptions): Promise<number> {
  try {
    return (await door.send(method, target, options)).status;
  } catch {
    return 0;
  }
}

/** Of a verb that no request of restic's asks for: 200, or the status that restic's door has for what it throws. */
async function outcomeOf(verb: () => Promise<unknown>): Promise<number> {
  try {
    await verb();
    return 200;
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    const statuses: Readonly<Record<string, number>> = {
      storage_full: 507,
      too_large: 403,
      unavailable: 503,
      overloaded: 503,
      damaged: 500,
    };
    return statuses[error.code] ?? -1;
  }
}

async function kindAt(door: DoorHub, path: FilePath): Promise<string> {
  return (await door.hub.core.storage.stat(path, SIGNAL)).kind;
}

/** The size of what lies in the trash for that path. */
async function inTrash({ hub }: DoorHub, path: FilePath): Promise<number | undefined> {
  for (const batch of await hub.core.storage.listTrashBatches(SIGNAL)) {
    for await (const item of hub.core.storage.listTrash({ batch, below: path }, SIGNAL)) if (item.kind !== "gap") return item.sizeBytes;
  }
  return undefined;
}
