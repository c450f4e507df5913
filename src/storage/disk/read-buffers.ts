import { freeMemory } from "#lib/free-memory.ts";

/** So many reads at once have a buffer of the full size; those of more take an eighth, so that a thousand slow readers stay small. */
const FULL_SIZED = 32;
const SMALL_SHARE = 8;
// Enough for a few clients at full speed; more would only keep memory.
const KEPT = 4;

/** Memory that is read into. Leaving its scope gives it back. */
export interface ReadBuffer extends Disposable {
  readonly bytes: Uint8Array;
  /**
   * To be called when nobody looks at what was read any more: only then may it be another file's. Over HTTP/2 a piece of a broken reply
   * may still be on its way out.
   */
  spend(): void;
}

/** The buffers of all files that are being read, kept for the next ones: fresh memory costs a page fault every 4 KiB. */
export class ReadBuffers {
  readonly #fullBytes: number;
  readonly #free: Uint8Array[] = [];
  #lent = 0;

  constructor(fullBytes: number) {
    this.#fullBytes = fullBytes;
  }

  /** A buffer with anything in it: of the full size or, while many are in use, less. For fewer than `mostBytes` a smaller one will do. */
  lend(mostBytes: number): ReadBuffer {
    const smallBytes = Math.max(1, Math.floor(this.#fullBytes / SMALL_SHARE));
    const isFull = mostBytes > smallBytes && this.#lent < FULL_SIZED;
    if (!isFull) return alone(Buffer.allocUnsafeSlow(Math.min(mostBytes, smallBytes)));
    this.#lent += 1;
    return this.#lendFull(this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#fullBytes));
  }

  #lendFull(bytes: Uint8Array): ReadBuffer {
    let isSpent = false;
    let isBack = false;
    return {
      bytes,
      spend: () => {
        isSpent = true;
      },
      [Symbol.dispose]: () => {
        if (isBack) return;
        isBack = true;
        this.#lent -= 1;
        if (!isSpent) return;
        if (this.#free.length < KEPT) this.#free.push(bytes);
        else freeMemory(bytes);
      },
    };
  }
}

function alone(bytes: Uint8Array): ReadBuffer {
  return { bytes, spend: () => freeMemory(bytes), [Symbol.dispose]: () => undefined };
}
