import { MemoryDisk } from "../memory/memory-disk.ts";
import type { OpenNumber } from "./disk.ts";

/** A read or write as it was asked for. */
export interface Moved {
  readonly call: "read" | "write";
  readonly position: number;
  readonly lengthBytes: number;
  readonly memory: ArrayBufferLike;
  /** Whether another read or write of the same file was under way. */
  readonly isBesideAnother: boolean;
}

/** A modelled disk that notes what is moved and what is closed, and whose reads and writes can be held up. */
export class WatchedDisk extends MemoryDisk {
  readonly moved: Moved[] = [];
  /** `close`, and `read` or `write` once it is done, in order. */
  readonly ends: ("read" | "write" | "close")[] = [];
  /** Reads and writes look at their memory only when it is over, as a thread of the system may. */
  hold: Promise<void> | undefined;
  readonly #busy = new Map<OpenNumber, number>();

  override async read(file: OpenNumber, bytes: Uint8Array, position: number): Promise<number> {
    return await this.#move("read", file, { bytes, position }, () => super.read(file, bytes, position));
  }

  override async write(file: OpenNumber, bytes: Uint8Array, position: number): Promise<number> {
    return await this.#move("write", file, { bytes, position }, () => super.write(file, bytes, position));
  }

  override close(file: OpenNumber): Promise<void> {
    this.ends.push("close");
    return super.close(file);
  }

  async #move(
    call: "read" | "write",
    file: OpenNumber,
    { bytes, position }: { readonly bytes: Uint8Array; readonly position: number },
    step: () => Promise<number>,
  ): Promise<number> {
    const others = this.#busy.get(file) ?? 0;
    this.moved.push({ call, position, lengthBytes: bytes.length, memory: bytes.buffer, isBesideAnother: others > 0 });
    this.#busy.set(file, others + 1);
    try {
      await this.hold;
      return await step();
    } finally {
      this.#busy.set(file, (this.#busy.get(file) ?? 1) - 1);
      this.ends.push(call);
    }
  }
}
