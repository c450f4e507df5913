import { createHash, type Hash } from "node:crypto";

/** What the body of an answer must begin and end with, and its SHA-256. */
export interface ExpectedBody {
  readonly first: Buffer;
  readonly last: Buffer;
  readonly sha256: string;
}

/** Follows one body as its pieces arrive. Throws when it is not the expected one. */
export class BodyCheck {
  readonly #expected: ExpectedBody | undefined;
  readonly #bytes: number;
  readonly #hash: Hash | undefined;
  #seen = 0;

  /** `whole` hashes all of it; that costs the client's processor, so it is done for a part of the answers only. */
  constructor(expected: ExpectedBody | undefined, bytes: number, whole: boolean) {
    this.#expected = expected;
    this.#bytes = bytes;
    this.#hash = whole && expected !== undefined ? createHash("sha256") : undefined;
  }

  get missing(): number {
    return this.#bytes - this.#seen;
  }

  add(piece: Buffer): void {
    const start = this.#seen;
    this.#seen += piece.length;
    if (this.#seen > this.#bytes) throw new Error(`A body of more than the expected ${this.#bytes} bytes`);
    if (this.#expected === undefined) return;
    this.#hash?.update(piece);
    const { first, last } = this.#expected;
    compare(piece, start, first, 0);
    compare(piece, start, last, this.#bytes - last.length);
  }

  end(): void {
    if (this.missing > 0) throw new Error(`A body of ${this.#seen} bytes where ${this.#bytes} were expected`);
    if (this.#hash !== undefined && this.#hash.digest("hex") !== this.#expected?.sha256)
      throw new Error("A body whose hash is not the expected one");
  }
}

/** Compares the bytes that `piece`, which starts at `start`, and `part`, which starts at `partStart`, have in common. */
function compare(piece: Buffer, start: number, part: Buffer, partStart: number): void {
  const from = Math.max(start, partStart);
  const to = Math.min(start + piece.length, partStart + part.length);
  if (from < to && piece.compare(part, from - partStart, to - partStart, from - start, to - start) !== 0)
    throw new Error(`A body with other bytes than expected between ${from} and ${to}`);
}
