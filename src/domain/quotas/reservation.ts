import type { Expected } from "#lib/pending-bytes.ts";
import type { Clock } from "#model/clock.ts";
import type { ObjectName } from "#model/repository.ts";
import type { Change } from "./recount.ts";
import type { Tally } from "./tally.ts";

/** How an upload takes bytes of the quotas: at once, or once somebody has given way. `exempt` when no limit applies any more. */
export type Take = (tally: Tally, bytes: number) => Promise<"block" | "cleanUp" | "exempt">;

export interface ReservationOptions {
  readonly tally: Tally;
  readonly object: ObjectName;
  /** Size of the damaged object that this one replaces. */
  readonly beforeBytes: number | undefined;
  /** Undefined where nothing limits the upload: then it is only counted. */
  readonly take: Take | undefined;
  /** What the sender has announced, where that is bounded; the reservation disposes it. */
  readonly expected: Expected | undefined;
  readonly clock: Clock;
}

/**
 * The room that one object needs, from before its first byte until it is stored. Disposing gives back what was not settled; nothing
 * else has to be done about an upload that failed.
 */
export class Reservation implements Disposable {
  readonly #tally: Tally;
  readonly #change: Change;
  readonly #clock: Clock;
  #take: Take | undefined;
  #blockBytes = 0;
  #cleanUpBytes = 0;
  #over = false;
  #generation: number;
  readonly #beforeBytes: number | undefined;
  readonly #expected: Expected | undefined;

  constructor({ tally, object, beforeBytes, take, expected, clock }: ReservationOptions) {
    this.#tally = tally;
    this.#generation = tally.generation;
    this.#beforeBytes = beforeBytes;
    this.#change = { object, beforeBytes };
    this.#take = take;
    this.#expected = expected;
    this.#clock = clock;
    tally.changes.add(this.#change);
  }

  /** Makes sure that there is room for so many bytes of the object. Undefined when there is, so that nothing has to wait. */
  cover(totalBytes: number): Promise<void> | undefined {
    if (this.#take === undefined) return undefined;
    this.#forgetLost();
    const missing = totalBytes - this.#blockBytes - this.#cleanUpBytes;
    if (missing <= 0) return undefined;
    if (this.#tally.freeBytes < missing || this.#cleanUpBytes > 0) return this.#wait(this.#take, missing);
    this.#tally.take(missing);
    this.#blockBytes += missing;
    return undefined;
  }

  /** The same bytes, each covered before it is passed on. A body that has `announced` its length was covered before its first byte. */
  covered(body: AsyncIterable<Uint8Array>, { announced }: { readonly announced: boolean }): AsyncIterable<Uint8Array> {
    if (this.#take === undefined) return body;
    return announced ? this.#arriving(body) : this.#covering(body);
  }

  /** The object is stored. `returned`: it was here before, so as a snapshot it is no new backup. */
  settle(sizeBytes: number, { returned = false }: { readonly returned?: boolean } = {}): void {
    const { object } = this.#change;
    const isBacked = object.type === "locks" || this.#take !== undefined;
    this.#release(sizeBytes);
    const effect = { beforeBytes: this.#beforeBytes, afterBytes: sizeBytes };
    const isNewSnapshot = object.type === "snapshots" && this.#beforeBytes === undefined && !returned;
    this.#tally.tell(this.#change, effect, { isBacked, ...(isNewSnapshot && { snapshotAtMs: this.#clock() }) });
  }

  [Symbol.dispose](): void {
    if (!this.#over) this.#release(0);
    this.#expected?.[Symbol.dispose]();
    this.#tally.changes.delete(this.#change);
  }

  async *#arriving(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of body) {
      this.#expected?.arrived(chunk.length);
      yield chunk;
    }
  }

  async *#covering(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      const wait = this.cover(bytes);
      if (wait !== undefined) await wait;
      yield chunk;
    }
  }

  #release(storedBytes: number): void {
    this.#over = true;
    this.#forgetLost();
    const ofBlock = Math.min(this.#blockBytes, storedBytes);
    this.#tally.release(this.#blockBytes, ofBlock, false);
    this.#tally.release(this.#cleanUpBytes, storedBytes - ofBlock, true);
  }

  async #wait(take: Take, bytes: number): Promise<void> {
    const from = await take(this.#tally, bytes);
    if (from === "block") this.#blockBytes += bytes;
    else if (from === "cleanUp") this.#cleanUpBytes += bytes;
    else this.#take = undefined;
  }

  /** What was taken before this process was taken for dead is not its own any more. */
  #forgetLost(): void {
    if (this.#generation === this.#tally.generation) return;
    this.#generation = this.#tally.generation;
    this.#blockBytes = 0;
    this.#cleanUpBytes = 0;
  }
}
