// Enough for two uploads at full speed; more would only keep memory.
const KEPT = 8;

/** Pieces of memory that uploads fill and hand to the disk, kept for the next upload: fresh ones cost a page fault every 4 KiB. */
export class PiecePool {
  readonly #free: Uint8Array[] = [];
  readonly #pieceBytes: number;

  constructor(pieceBytes: number) {
    this.#pieceBytes = pieceBytes;
  }

  /** A piece with anything in it: of the whole size, or of `expectedBytes` where that is less. */
  take(expectedBytes: number | undefined): Uint8Array {
    const isSmall = expectedBytes !== undefined && expectedBytes <= this.#pieceBytes / 4;
    if (isSmall) return Buffer.allocUnsafeSlow(Math.max(expectedBytes, Math.min(SMALLEST_BYTES, this.#pieceBytes)));
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#pieceBytes);
  }

  /** Takes a piece back that nobody writes or reads any more. */
  giveBack(piece: Uint8Array): void {
    if (piece.length === this.#pieceBytes && this.#free.length < KEPT) this.#free.push(piece);
  }
}

// A sender that declares one byte and sends a million should not cost a million writes.
const SMALLEST_BYTES = 4096;
