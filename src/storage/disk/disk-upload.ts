import { createHash } from "node:crypto";
import { HubError } from "#model/hub-error.ts";
import type { BeginOptions, Upload } from "../driver.ts";
import { type FilePath, parentOf } from "../file-path.ts";
import { systemCode, writeFault } from "../system-error.ts";
import type { OpenNumber } from "./disk.ts";
import type { DiskParts } from "./disk-parts.ts";
import { publishAbsent, publishOver } from "./publish-file.ts";
import { copyTemp, removeTemp, settleMode, writeWhole } from "./temp-file.ts";
import { tempBeside } from "./temp-name.ts";

// With the one that is being filled: four pieces in memory.
const PIECES_ON_THEIR_WAY = 3;

// Smaller chunks are not worth a system call of their own.
const WORTH_A_CALL_BYTES = 8 * 1024;

/**
 * An upload whose bytes go to a temporary file: each chunk at once, as it came, while the disk answers at once; else gathered in pieces
 * that are written while the next is filled and hashed. What has just been received and hashed is still in the processor's cache:
 * writing it from there costs half of what it costs to copy it and hand it to another thread (docs/decisions/024).
 */
export class DiskUpload implements Upload {
  readonly #parts: DiskParts;
  readonly #path: FilePath;
  readonly #options: BeginOptions;
  readonly #signal: AbortSignal;
  readonly #hash: ReturnType<typeof createHash> | undefined;
  readonly #begunAt: FilePath;
  #temp: FilePath | undefined;
  #file: OpenNumber | undefined;
  #piece: Uint8Array | undefined;
  #filledBytes = 0;
  #handedBytes = 0;
  /** Oldest first; none of them rejects. */
  #onTheirWay: Promise<void>[] = [];
  #unwritten = 0;
  #fault: unknown;
  #over = false;

  /** Takes over `temp`, and `file`, which is open for writing there. */
  constructor(
    parts: DiskParts,
    { temp, file }: { readonly temp: FilePath; readonly file: OpenNumber },
    path: FilePath,
    options: BeginOptions,
    signal: AbortSignal,
  ) {
    this.#parts = parts;
    this.#begunAt = temp;
    this.#temp = temp;
    this.#file = file;
    this.#path = path;
    this.#options = options;
    this.#signal = signal;
    this.#hash = options.sha256 === undefined ? undefined : createHash("sha256");
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#requireSound();
    const file = this.#file;
    const isBehind = this.#piece !== undefined || this.#unwritten > 0;
    if (!isBehind && file !== undefined && this.#isWorthACall(chunk) && this.#parts.disk.writesAtOnce(file)) {
      return await this.#writeAtOnce(file, chunk);
    }
    for (let taken = 0; taken < chunk.length; ) {
      this.#piece ??= this.#parts.pieces.take(this.#options.sizeBytes);
      const bytes = Math.min(this.#piece.length - this.#filledBytes, chunk.length - taken);
      this.#piece.set(bytes === chunk.length ? chunk : chunk.subarray(taken, taken + bytes), this.#filledBytes);
      this.#filledBytes += bytes;
      taken += bytes;
      if (this.#filledBytes === this.#piece.length) await this.#handOver(this.#piece);
    }
  }

  async commit(): Promise<{ readonly sizeBytes: number }> {
    this.#requireSound();
    this.#over = true;
    try {
      return await this.#finish();
    } catch (error) {
      throw writeFault(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await Promise.all(this.#onTheirWay); // a number that is closed under a write may be another file's by then
    if (this.#piece !== undefined) this.#parts.pieces.giveBack(this.#piece);
    this.#piece = undefined;
    const [file, temp] = [this.#file, this.#temp];
    this.#file = undefined;
    this.#temp = undefined;
    if (temp !== undefined) await removeTemp(this.#parts, { temp, file });
    this.#parts.openTemps.delete(this.#begunAt);
  }

  #requireSound(): void {
    this.#signal.throwIfAborted();
    if (this.#fault !== undefined) throw writeFault(this.#fault);
    if (this.#over) throw new Error("An upload goes on after it has ended");
  }

  #isWorthACall({ length }: Uint8Array): boolean {
    return length >= Math.min(WORTH_A_CALL_BYTES, this.#parts.limits.writeChunkBytes) || length === this.#options.sizeBytes;
  }

  async #writeAtOnce(file: OpenNumber, chunk: Uint8Array): Promise<void> {
    this.#hash?.update(chunk);
    const position = this.#handedBytes;
    this.#handedBytes += chunk.length;
    try {
      await writeWhole(this.#parts.disk, file, chunk, position);
    } catch (error) {
      this.#fault = error;
      throw writeFault(error);
    }
  }

  /** Sends a piece on its way to the disk; resolves when there is memory for another. */
  async #handOver(piece: Uint8Array): Promise<void> {
    const bytes = piece.subarray(0, this.#filledBytes);
    const position = this.#handedBytes;
    this.#handedBytes += this.#filledBytes;
    this.#piece = undefined;
    this.#filledBytes = 0;
    const before = this.#onTheirWay.at(-1);
    this.#unwritten += 1;
    this.#onTheirWay.push(this.#writePiece(piece, bytes, position, before));
    this.#hash?.update(bytes);
    if (this.#onTheirWay.length >= PIECES_ON_THEIR_WAY) await this.#onTheirWay.shift();
    this.#requireUnbroken();
  }

  async #writePiece(piece: Uint8Array, bytes: Uint8Array, position: number, before: Promise<void> | undefined): Promise<void> {
    try {
      if (before !== undefined) await before;
      if (this.#fault === undefined && this.#file !== undefined) await writeWhole(this.#parts.disk, this.#file, bytes, position);
    } catch (error) {
      this.#fault ??= error;
    } finally {
      this.#unwritten -= 1;
      this.#parts.pieces.giveBack(piece);
    }
  }

  #requireUnbroken(): void {
    if (this.#fault !== undefined) throw writeFault(this.#fault);
  }

  async #finish(): Promise<{ readonly sizeBytes: number }> {
    const { disk, sync, folders, publications } = this.#parts;
    if (this.#piece !== undefined) await this.#handOver(this.#piece);
    await Promise.all(this.#onTheirWay);
    this.#requireUnbroken();
    if (this.#hash !== undefined && this.#hash.digest("hex") !== this.#options.sha256) {
      throw new HubError("hash_mismatch", "The bytes do not have the SHA-256 that was named");
    }
    this.#signal.throwIfAborted();

    const file = this.#file;
    if (file === undefined) throw new Error("An upload is committed after it was disposed");
    await settleMode(this.#parts, file);
    await sync.syncFile(file);
    this.#file = undefined; // whatever close says, the number is free
    await disk.close(file);
    this.#signal.throwIfAborted(); // the last moment: from here on it is there for others
    // Not before: an upload that is refused must not leave folders that look like a repository.
    await folders.make(parentOf(this.#path));
    await publications.run(this.#path, () => this.#publish());
    return { sizeBytes: this.#handedBytes };
  }

  async #publish(): Promise<void> {
    const publish = this.#options.publish === "replace" ? publishOver : publishAbsent;
    const { unsynced } = this.#parts;
    const temp = this.#temp;
    if (temp === undefined) throw new Error("An upload is published after it was disposed");
    try {
      await publish(this.#parts, temp, this.#path);
    } catch (error) {
      if (systemCode(error) !== "EXDEV") throw error;
      // Mounts show themselves only now. This one upload is copied, later ones begin on the right side.
      const folder = parentOf(this.#path);
      this.#parts.apart.set(folder, true);
      await using copy = await copyTemp(this.#parts, temp, tempBeside(folder));
      await publish(this.#parts, copy.temp, this.#path);
    }
    if (publish === publishAbsent) await unsynced.delete(this.#path); // of a file that was removed before this one came
    this.#temp = undefined;
    await removeTemp(this.#parts, { temp, file: undefined });
  }
}
