import { freeMemory } from "#lib/free-memory.ts";
import { HubError } from "#model/hub-error.ts";
import type { FileFacts, OpenFile, OpenOptions } from "../driver.ts";
import type { FilePath } from "../file-path.ts";
import { type ResolvedRange, resolveRange } from "../range.ts";
import { readFault, saysAbsent } from "../system-error.ts";
import type { Disk, OpenNumber } from "./disk.ts";
import type { DiskParts } from "./disk-parts.ts";
import { factsOf } from "./facts-of.ts";

/** Opens a file for reading; see `Driver.open`. A part that fits into one chunk is read at once, and its descriptor closed. */
export async function openStoredFile(
  { disk, limits }: Pick<DiskParts, "disk" | "limits">,
  path: FilePath,
  { range, expect }: OpenOptions,
  signal: AbortSignal,
): Promise<OpenFile> {
  signal.throwIfAborted();
  const file = await openNumber(disk, path);
  let isKept = false;
  try {
    const there = await disk.statOpen(file);
    if (there.kind !== "file") throw notFound();
    if (expect !== undefined && there.fingerprint !== expect) throw new HubError("changed", "The file has changed since it was looked at");
    const wanted = resolveRange(range, there.sizeBytes);
    const lengthBytes = wanted.end - wanted.start;
    if (lengthBytes <= limits.readChunkBytes) {
      const bytes = Buffer.allocUnsafe(lengthBytes);
      await readWhole(disk, file, bytes, wanted.start);
      return new BytesInMemory(factsOf(there), wanted, bytes, signal);
    }
    isKept = true;
    return new BytesOnDisk(disk, file, { facts: factsOf(there), wanted, chunkBytes: limits.readChunkBytes, signal });
  } catch (error) {
    throw readFault(error);
  } finally {
    if (!isKept) await disk.close(file);
  }
}

async function openNumber(disk: Disk, path: FilePath): Promise<OpenNumber> {
  try {
    return await disk.openToRead(path);
  } catch (error) {
    throw saysAbsent(error) ? notFound(error) : readFault(error);
  }
}

function notFound(cause?: unknown): HubError {
  return new HubError("not_found", "There is no such file", { cause });
}

async function readWhole(disk: Disk, file: OpenNumber, bytes: Uint8Array, position: number): Promise<void> {
  for (let filled = 0; filled < bytes.length; ) {
    const more = await disk.read(file, filled === 0 ? bytes : bytes.subarray(filled), position + filled);
    if (more === 0) throw new HubError("damaged", "A stored file is shorter than it was when it was opened");
    filled += more;
  }
}

class BytesInMemory implements OpenFile {
  readonly facts: FileFacts;
  readonly start: number;
  readonly end: number;
  readonly body: AsyncIterable<Uint8Array>;

  constructor(facts: FileFacts, { start, end }: ResolvedRange, bytes: Uint8Array, signal: AbortSignal) {
    this.facts = facts;
    this.start = start;
    this.end = end;
    this.body = once(bytes, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

async function* once(bytes: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  signal.throwIfAborted();
  if (bytes.length > 0) yield bytes;
}

class BytesOnDisk implements OpenFile {
  readonly facts: FileFacts;
  readonly start: number;
  readonly end: number;
  readonly body: AsyncIterable<Uint8Array>;
  readonly #disk: Disk;
  #file: OpenNumber | undefined;
  #reading: Promise<void> | undefined;

  constructor(
    disk: Disk,
    file: OpenNumber,
    { facts, wanted, chunkBytes, signal }: { facts: FileFacts; wanted: ResolvedRange; chunkBytes: number; signal: AbortSignal },
  ) {
    this.facts = facts;
    this.start = wanted.start;
    this.end = wanted.end;
    this.#disk = disk;
    this.#file = file;
    this.body = this.#chunks(chunkBytes, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    // A number that is closed under a read may be another tenant's file by the time the read begins.
    await this.#reading?.catch(() => undefined);
    await this.#disk.close(file);
  }

  /** One buffer for all chunks, and never another file's: over HTTP/2 a piece of a broken reply may still be on its way out. */
  async *#chunks(chunkBytes: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const buffer = Buffer.allocUnsafeSlow(chunkBytes);
    try {
      for (let position = this.start; position < this.end; position += chunkBytes) {
        signal.throwIfAborted();
        if (this.#file === undefined) throw new Error("A file is read after it was disposed");
        const chunk = buffer.subarray(0, Math.min(chunkBytes, this.end - position));
        this.#reading = readWhole(this.#disk, this.#file, chunk, position);
        await this.#reading;
        yield chunk;
      }
      freeMemory(buffer); // whoever asks for more after the last chunk is done with it
    } catch (error) {
      throw readFault(error);
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }
}
