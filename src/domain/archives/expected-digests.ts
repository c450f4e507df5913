import { createHash, type Hash } from "node:crypto";
import { HubError } from "#model/hub-error.ts";

/** What a sender says of its bytes: digests in lower-case hex. */
export interface ExpectedDigests {
  readonly sha256?: string | undefined;
  readonly sha512?: string | undefined;
  readonly md5?: string | undefined;
}

/** Hashes bytes as they come: SHA-256 always, others only where something was said of them. */
export class Digesting {
  readonly #expected: ExpectedDigests;
  readonly #sha256 = createHash("sha256");
  readonly #others: readonly (readonly [name: "sha512" | "md5", hash: Hash])[];

  constructor(expected: ExpectedDigests) {
    this.#expected = expected;
    this.#others = (["sha512", "md5"] as const)
      .filter((name) => expected[name] !== undefined)
      .map((name) => [name, createHash(name)] as const);
  }

  update(chunk: Uint8Array): void {
    this.#sha256.update(chunk);
    for (const [, hash] of this.#others) hash.update(chunk);
  }

  /** The SHA-256 of all bytes, in hex. Throws `hash_mismatch` when they are not what the sender has said. */
  finish(): string {
    const sha256 = this.#sha256.digest("hex");
    const isRight =
      (this.#expected.sha256 ?? sha256) === sha256 && this.#others.every(([name, hash]) => hash.digest("hex") === this.#expected[name]);
    if (!isRight) throw new HubError("hash_mismatch", "The bytes do not have the digest that was sent with them");
    return sha256;
  }
}
