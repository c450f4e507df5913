import type { Expected } from "#lib/pending-bytes.ts";

/** How much of a body comes before the disk is looked at again, where it is: by so much each may pass what was left. */
const LOOK_AGAIN_BYTES = 8 * 1024 * 1024;

/** The room on the disk that one upload was given. Disposing gives back what has not come. */
export class UploadRoom implements Disposable {
  readonly #expected: Expected;

  constructor(expected: Expected) {
    this.#expected = expected;
  }

  /**
   * The same bytes, each taken out of what is still to come. `lookAgain` is called every 8 MiB, where it is needed, and throws when
   * there is no more room.
   */
  async *filling(
    body: AsyncIterable<Uint8Array>,
    lookAgain: (() => Promise<void>) | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let unseenBytes = 0;
    for await (const chunk of body) {
      this.#expected.arrived(chunk.length);
      unseenBytes += chunk.length;
      if (lookAgain !== undefined && unseenBytes >= LOOK_AGAIN_BYTES) {
        await lookAgain();
        unseenBytes = 0;
      }
      yield chunk;
    }
  }

  [Symbol.dispose](): void {
    this.#expected[Symbol.dispose]();
  }
}
