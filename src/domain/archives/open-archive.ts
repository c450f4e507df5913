import { createHash } from "node:crypto";
import type { Archive } from "#model/archive.ts";
import type { RequestedRange } from "#model/byte-range.ts";
import { HubError } from "#model/hub-error.ts";
import type { OpenFile } from "#storage/driver.ts";
import type { Core } from "../core.ts";
import { findLiveArchive } from "./find-archive.ts";
import type { OpenArchives } from "./open-archives.ts";

/**
 * Opens an archive, or a part of it, for reading; the caller disposes it. What is read whole is hashed on its way: the last piece is held
 * back until the digest is right, so nobody has damaged bytes and believes them whole. Throws `forbidden`, `range_unsatisfiable`, `damaged`.
 */
export async function openArchive(
  core: Core,
  archives: OpenArchives,
  archive: Archive,
  range: RequestedRange | undefined,
  signal: AbortSignal,
): Promise<OpenFile> {
  archives.require("read");
  const file = await openFile(core, archives, { archive, range }, signal);
  if (file.facts.sizeBytes !== archive.sizeBytes) {
    await file[Symbol.asyncDispose]();
    throw damaged(core, archive, `it has ${file.facts.sizeBytes} bytes`);
  }
  if (file.start > 0 || file.end < archive.sizeBytes) return file;
  return { ...file, body: verified(core, archive, file.body), [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() };
}

async function openFile(
  core: Core,
  archives: OpenArchives,
  { archive, range }: { readonly archive: Archive; readonly range: RequestedRange | undefined },
  signal: AbortSignal,
): Promise<OpenFile> {
  try {
    return await core.storage.open(archives.pathOf(archive), { range }, signal);
  } catch (error) {
    if (error instanceof HubError && error.code === "not_found") {
      // Its time may have come to an end since it was found.
      if ((await findLiveArchive(core, archives, archive.name))?.id !== archive.id) throw error;
      throw damaged(core, archive, "its file is gone", error);
    }
    // Of a file that was cut the range is wrong, and not the one who asked for it.
    if (error instanceof HubError && error.code === "range_unsatisfiable" && error.sizeBytes !== archive.sizeBytes) {
      throw damaged(core, archive, `it has ${error.sizeBytes} bytes`, error);
    }
    throw error;
  }
}

async function* verified(core: Core, archive: Archive, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash("sha256");
  let leftBytes = archive.sizeBytes;
  for await (const chunk of body) {
    hash.update(chunk);
    leftBytes -= chunk.length;
    if (leftBytes > 0) yield chunk;
    else if (hash.digest("hex") === archive.sha256) return yield chunk;
    else throw damaged(core, archive, "its bytes are not what they were");
  }
}

function damaged(core: Core, { id, name }: Archive, problem: string, cause?: unknown): HubError {
  core.log.error("an archive is damaged", { archive: id, name, problem });
  return new HubError("damaged", "The stored file is damaged; ask who runs the server", { cause });
}
