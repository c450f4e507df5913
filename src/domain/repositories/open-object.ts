import type { RequestedRange } from "#model/byte-range.ts";
import { HubError } from "#model/hub-error.ts";
import type { ObjectName } from "#model/repository.ts";
import type { OpenFile, ReadFile } from "#storage/driver.ts";
import type { Core } from "../core.ts";
import { objectPath } from "./object-path.ts";
import type { OpenRepository } from "./open-repository.ts";

/**
 * Opens an object, or a part of it, for reading; the caller disposes it. Throws `not_found`, `range_unsatisfiable`, `damaged` when
 * it is there and cannot be read. The first sight of a `config` makes the repository's row.
 */
export async function openObject(
  core: Core,
  repository: OpenRepository,
  object: ObjectName,
  range: RequestedRange | undefined,
  signal: AbortSignal,
): Promise<OpenFile> {
  repository.require("read");
  const file = await core.storage.open(objectPath(repository, object), { range }, signal);
  noteSeen(core, repository, object);
  return file;
}

/** The same in memory, where it can be had without waiting; undefined otherwise: then open it. Throws `not_found`. */
export function readObjectNow(
  core: Core,
  repository: OpenRepository,
  object: ObjectName,
  range: RequestedRange | undefined,
): ReadFile | undefined {
  repository.require("read");
  const read = core.storage.readNow?.(objectPath(repository, object), range);
  if (read === undefined) return undefined;
  if (read === "absent") throw notFound();
  noteSeen(core, repository, object);
  return read;
}

function noteSeen(core: Core, repository: OpenRepository, object: ObjectName): void {
  if (object.type === "config" && !core.repositories.has(repository.path)) {
    // Not waited for: reading a repository that someone copied here must not depend on the database's pace.
    core.repositories.remember(repository.path, repository.actor, { found: true }).catch((error: unknown) => {
      core.log.warn("repository row not written", { repository: repository.path.text, error: String(error) });
    });
  }
}

/** Size of an object, where that can be told without waiting. Throws `not_found`. */
export function objectSizeNow(core: Core, repository: OpenRepository, object: ObjectName): number | undefined {
  repository.require("read");
  const sizeBytes = core.storage.sizeNow?.(objectPath(repository, object));
  if (sizeBytes === "absent") throw notFound();
  return sizeBytes;
}

/** Size of an object. Throws `not_found`. */
export async function statObject(
  core: Core,
  repository: OpenRepository,
  object: ObjectName,
  signal: AbortSignal,
): Promise<{ readonly sizeBytes: number }> {
  repository.require("read");
  const there = await core.storage.stat(objectPath(repository, object), signal);
  if (there.kind !== "file") throw notFound();
  return { sizeBytes: there.sizeBytes };
}

function notFound(): HubError {
  return new HubError("not_found", "There is no such object");
}
