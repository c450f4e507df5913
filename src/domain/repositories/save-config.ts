import { HubError } from "#model/hub-error.ts";
import type { IncomingBytes } from "#model/incoming-bytes.ts";
import type { FilePath } from "#storage/file-path.ts";
import { putFile } from "#storage/put-file.ts";
import type { Core } from "../core.ts";
import { boundedBody, collectBody } from "./bounded-body.ts";
import { requireMayOwn, requireMayStore } from "./create-repository.ts";
import { objectPath, tempFolder } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";
import { wasThere } from "./repository-exists.ts";
import { requireRoom } from "./require-room.ts";

/**
 * Stores a repository's `config`, the one object whose name says nothing about its bytes. The same bytes again are fine; throws
 * `already_exists` for others, whatever the role: who may remove it removes it first (restic's migrate does).
 */
export async function saveConfig(core: Core, repository: OpenRepository, body: IncomingBytes, signal: AbortSignal): Promise<void> {
  await requireMayStore(core, repository, "add", signal);
  const bounded = boundedBody(body, core.limits.smallObjectBytes);

  const path = objectPath(repository, { type: "config" });
  const bytes = await collectBody(bounded);
  const there = await core.storage.stat(path, signal);
  if (there.kind === "absent") {
    const found = await wasThere(core, repository, signal);
    using _count = found ? undefined : await requireMayOwn(core, repository);
    using _room = await requireRoom(core, repository, { type: "config", sizeBytes: bytes.length }, signal);
    using room = await core.quotas.reserve(repository, { type: "config" }, { sizeBytes: bytes.length, found }, signal);
    const upload = { temps: tempFolder(repository), sizeBytes: bytes.length, publish: "absent" } as const;
    try {
      await putFile(core.storage, path, single(bytes), upload, signal);
      room.settle(bytes.length);
      await core.repositories.remember(repository.path, repository.actor, { found });
      core.activity.stored(repository, { type: "config" }, { sizeBytes: bytes.length, isNew: true });
      return;
    } catch (error) {
      if (!(error instanceof HubError && error.code === "already_exists")) throw error;
    }
  }
  if (!(await hasBytes(core, path, bytes, signal))) {
    throw new HubError("already_exists", "This repository has another config; nothing was changed");
  }
  if (there.kind === "file" && there.unsynced === true) {
    await putFile(
      core.storage,
      path,
      single(bytes),
      { temps: tempFolder(repository), sizeBytes: bytes.length, publish: "replace" },
      signal,
    );
    return;
  }
  await core.storage.settle(path, signal); // whoever wrote it may not have come to the sync
}

async function hasBytes(core: Core, path: FilePath, bytes: Uint8Array, signal: AbortSignal): Promise<boolean> {
  await using file = await core.storage.open(path, {}, signal);
  return file.facts.sizeBytes === bytes.length && Buffer.compare(await collectBody(file.body), bytes) === 0;
}

async function* single(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
