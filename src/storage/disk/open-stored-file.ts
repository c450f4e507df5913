import { HubError } from "#model/hub-error.ts";
import type { FileFacts, OpenFile, OpenOptions } from "../driver.ts";
import type { FilePath } from "../file-path.ts";
import { type ResolvedRange, resolveRange } from "../range.ts";
import { readFault, saysAbsent } from "../system-error.ts";
import type { Disk, OpenNumber } from "./disk.ts";
import type { DiskParts } from "./disk-parts.ts";
import { factsOf } from "./facts-of.ts";
import type { ReadBuffer } from "./read-buffers.ts";

/** Opens a file for reading; see `Driver.open`. A part that fits into one chunk is read at once, and its descriptor closed. */
export async function openStoredFile(
  { disk, buffers }: Pick<DiskParts, "disk" | "buffers">,
  path: FilePath,
  { range, expect }: OpenOptions,
  signal: AbortSignal,
): Promise<OpenFile> {
  signal.throwIfAborted();
  const file = await openNumber(disk, path);
  let isOpen = true;
  let buffer: ReadBuffer | undefined;
  try {
    const there = await disk.statOpen(file);
    if (there.kind !== "file") throw notFound();
    if (expect !== undefined && there.fingerprint !== expect) throw new HubError("changed", "The file has changed since it was looked at");
    const wanted = resolveRange(range, there.sizeBytes);
    const lengthBytes = wanted.end - wanted.start;
    buffer = buffers.lend(lengthBytes);
    if (lengthBytes <= buffer.bytes.length) {
      await readWhole(disk, file, buffer.bytes.subarray(0, lengthBytes), wanted.start);
      isOpen = false;
      await disk.close(file);
      return new BytesInMemory(factsOf(there), wanted, buffer, signal);
    }
    return new BytesOnDisk(disk, file, { facts: factsOf(there), wanted, buffer, signal });
  } catch (error) {
    buffer?.[Symbol.dispose]();
    if (isOpen) await disk.close(file);
    throw readFault(error);
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
  readonly #buffer: ReadBuffer;

  /** `buffer` begins with them. */
  constructor(facts: FileFacts, { start, end }: ResolvedRange, buffer: ReadBuffer, signal: AbortSignal) {
    this.facts = facts;
    this.start = start;
    this.end = end;
    this.#buffer = buffer;
    this.body = this.#once(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#buffer[Symbol.dispose]();
  }

  async *#once(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    signal.throwIfAborted();
    if (this.start < this.end) yield this.#buffer.bytes.subarray(0, this.end - this.start);
    this.#buffer.spend(); // whoever asks for more is done with it
  }
}

class BytesOnDisk implements OpenFile {
  readonly facts: FileFacts;
  readonly start: number;
  readonly end: number;
  readonly body: AsyncIterable<Uint8Array>;
  readonly #disk: Disk;
  readonly #buffer: ReadBuffer;
  #file: OpenNumber | undefined;
  #reading: Promise<void> | undefined;

  constructor(
    disk: Disk,
    file: OpenNumber,
    { facts, wanted, buffer, signal }: { facts: FileFacts; wanted: ResolvedRange; buffer: ReadBuffer; signal: AbortSignal },
  ) {
    this.facts = facts;
    this.start = wanted.start;
    this.end = wanted.end;
    this.#disk = disk;
    this.#file = file;
    this.#buffer = buffer;
    this.body = this.#chunks(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    // A number that is closed under a read may be another tenant's file by the time the read begins; so may its buffer.
    await this.#reading?.catch(() => undefined);
    this.#buffer[Symbol.dispose]();
    await this.#disk.close(file);
  }

  async *#chunks(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const { bytes } = this.#buffer;
    try {
      for (let position = this.start; position < this.end; position += bytes.length) {
        signal.throwIfAborted();
        if (this.#file === undefined) throw new Error("A file is read after it was disposed");
        const chunk = bytes.subarray(0, Math.min(bytes.length, this.end - position));
        this.#reading = readWhole(this.#disk, this.#file, chunk, position);
        await this.#reading;
        yield chunk;
      }
      this.#buffer.spend(); // whoever asks for more after the last chunk is done with it
    } catch (error) {
      throw readFault(error);
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }
}
