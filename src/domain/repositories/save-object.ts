import { createHash } from "node:crypto";
import { HubError } from "#model/hub-error.ts";
import type { IncomingBytes } from "#model/incoming-bytes.ts";
import type { ObjectId, ObjectType } from "#model/repository.ts";
import type { Observation } from "#storage/driver.ts";
import type { FilePath } from "#storage/file-path.ts";
import { putFile } from "#storage/put-file.ts";
import type { Core } from "../core.ts";
import { boundedBody } from "./bounded-body.ts";
import { requireMayOwn, requireMayStore } from "./create-repository.ts";
import { noteStored } from "./note-object.ts";
import { objectPath, tempFolder } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";
import { wasThere } from "./repository-exists.ts";
import { requireRoom } from "./require-room.ts";

/**
 * Stores one object, checked against its name; durable when it resolves. Bytes that are already there are fine, so a client that
 * lost the answer may ask again, in append-only too (spec/restic-rest.md sections 0 row 7 and 1.5).
 *
 * A stored object that turns out to be damaged is replaced by right bytes, for every role: its name says what it must be.
 *
 * Throws `forbidden`, `not_found`, `too_large`, `storage_full`, `quota_exceeded`, `overloaded` before a byte is read; `hash_mismatch`, `already_exists` (other
 * bytes have this name), `too_large`, `incomplete`, `storage_full`, `quota_exceeded` later. Nothing is left of a refused upload.
 */
export async function saveObject(
  core: Core,
  repository: OpenRepository,
  object: { readonly type: ObjectType; readonly id: ObjectId },
  body: IncomingBytes,
  signal: AbortSignal,
): Promise<void> {
  await requireMayStore(core, repository, object.type === "locks" ? "lock" : "add", signal);
  const bounded = boundedBody(body, mostBytes(core, object.type));

  const path = objectPath(repository, object);
  const there = await core.storage.stat(path, signal);
  // Two objects of one name and different sizes cannot both be right, so there is no need to read the stored one to know that.
  const isOtherSize = there.kind === "file" && body.lengthBytes !== undefined && there.sizeBytes !== body.lengthBytes;
  const isUnsynced = there.kind === "file" && there.unsynced === true; // right in memory, and perhaps not on the disk
  const stored = isOtherSize || isUnsynced ? "damaged" : await judge(core, { path, there, id: object.id }, signal);
  if (stored === "sound") {
    if ((await digestOf(bounded)) !== object.id) {
      throw new HubError("already_exists", "Other bytes are stored under this name; nothing was changed");
    }
    // Whoever wrote it may not have come to the sync. Gone again means removed since, which came after us.
    await core.storage.settle(path, signal);
    core.activity.stored(repository, object, { sizeBytes: there.kind === "file" ? there.sizeBytes : 0, isNew: false });
    return;
  }

  const found = await wasThere(core, repository, signal);
  const beforeBytes = there.kind === "file" && stored === "damaged" ? there.sizeBytes : undefined;
  using _count = found ? undefined : await requireMayOwn(core, repository);
  using space = await requireRoom(core, repository, { type: object.type, sizeBytes: body.lengthBytes }, signal);
  using room = await core.quotas.reserve(repository, object, { sizeBytes: body.lengthBytes, beforeBytes, found }, signal);
  let sizeBytes = 0;
  let isNew = true;
  try {
    const publish = stored === "absent" ? "absent" : "replace";
    const upload = { temps: tempFolder(repository), sizeBytes: body.lengthBytes, sha256: object.id, publish } as const;
    const announced = body.lengthBytes !== undefined;
    const lookAgain = async () => (await requireRoom(core, repository, { type: object.type, sizeBytes: 0 }, signal))[Symbol.dispose]();
    // What other processes are about to write to this disk is not known here (docs/decisions/019).
    const looksAgain = !announced || core.uploads.hasNeighbours;
    const covered = space.filling(room.covered(bounded, { announced }), looksAgain ? lookAgain : undefined);
    ({ sizeBytes } = await putFile(core.storage, path, covered, upload, signal));
    room.settle(sizeBytes);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    if (error.code === "hash_mismatch" && stored === "damaged") {
      throw new HubError("already_exists", "Other bytes are stored under this name; nothing was changed", { cause: error });
    }
    if (error.code !== "already_exists") throw error;
    // Someone else published this name meanwhile. Ours had the right hash by then, so equal bytes are all it takes; and if they have
    // been removed again since, that came after both of us.
    const now = await core.storage.stat(path, signal);
    if ((await judge(core, { path, there: now, id: object.id }, signal)) === "damaged") {
      throw new HubError("damaged", "The stored object is damaged", { cause: error });
    }
    await core.storage.settle(path, signal);
    isNew = false; // the other one has told of it
  }
  await core.repositories.remember(repository.path, repository.actor, { found });
  noteStored(core, repository, object, { sizeBytes, isNew: isNew && stored === "absent" });
  if (stored === "damaged") {
    core.log.warn("healed", { repository: repository.path.text, type: object.type, object: object.id });
    core.activity.healed(repository, object);
  }
}

function mostBytes(core: Core, type: ObjectType): number {
  if (type === "data") return core.limits.packBytes;
  if (type === "locks") return core.limits.lockBytes;
  return type === "snapshots" || type === "index" ? core.limits.mediumObjectBytes : core.limits.smallObjectBytes;
}

/** What lies at the path of an object, as it was just seen. */
interface StoredObject {
  readonly path: FilePath;
  readonly there: Observation;
  readonly id: ObjectId;
}

/**
 * Whether the stored bytes are what their name says; `damaged` also when they cannot be read. Throws `damaged` when a link, a pipe or a
 * folder has the name: that is not ours to replace, and must never be taken for an object that somebody has removed.
 */
async function judge(core: Core, { path, there, id }: StoredObject, signal: AbortSignal): Promise<"sound" | "damaged" | "absent"> {
  if (there.kind === "absent") return "absent";
  if (there.kind !== "file") throw new HubError("damaged", "Something that is no file lies under this name");
  try {
    await using file = await core.storage.open(path, {}, signal);
    return (await digestOf(file.body)) === id ? "sound" : "damaged";
  } catch (error) {
    if (error instanceof HubError && error.code === "damaged") return "damaged";
    if (error instanceof HubError && error.code === "not_found") return "absent";
    throw error;
  }
}

async function digestOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest("hex");
}
