import type { NothingLeft } from "#db/quota-ledger.ts";
import { type Expected, PendingBytes } from "#lib/pending-bytes.ts";
import { HubError } from "#model/hub-error.ts";
import { isForCleanUp } from "#model/quota.ts";
import type { ObjectName } from "#model/repository.ts";
import type { OpenRepository } from "../repositories/open-repository.ts";
import { askForRoom, type RoomHelp } from "./ask-for-room.ts";
import { Doubts } from "./doubts.ts";
import { QuotaCache, type RepositoryQuota } from "./quota-cache.ts";
import { quotaRefusal } from "./quota-refusal.ts";
import type { Change } from "./recount.ts";
import { Reservation } from "./reservation.ts";
import type { Tally } from "./tally.ts";
import { Uncountable } from "./uncountable.ts";
import { type Drawn, UseWriter, type UseWriterOptions } from "./use-writer.ts";

const DRAW_BYTES = 1024 * 1024; // at least, so that a body of unknown length does not draw for each of its chunks

const UNLIMITED = { beforeBytes: undefined, take: undefined, expected: undefined };

/** What is about to be stored. */
export interface IncomingObject {
  /** Undefined when its sender has not said. */
  readonly sizeBytes: number | undefined;
  /** Size of the damaged object that it replaces. */
  readonly beforeBytes?: number | undefined;
  /** Whether a repository lay here before, although this hub may not have known of it. */
  readonly found: boolean;
}

/** An object that is being taken away, from before its name goes until that is told. */
export interface Departure extends Disposable {
  /** It went, and had so many bytes. */
  removed(sizeBytes: number): void;
}

/** What lies in every repository, and how much more may: counts, and reserves before a byte is taken. */
export class Quotas implements AsyncDisposable {
  readonly uncountable = new Uncountable();
  readonly #options: UseWriterOptions;
  readonly #cache: QuotaCache;
  readonly #writer: UseWriter;
  /** By account. */
  readonly #announced = new PendingBytes();
  readonly #doubts: Doubts;
  readonly #help: RoomHelp;
  #wakeRecounts: () => void = () => undefined;
  #makeRoom: (missingBytes: number) => Promise<number> = async () => 0;

  constructor(options: UseWriterOptions) {
    this.#options = options;
    this.#cache = new QuotaCache(options.database);
    this.#writer = new UseWriter(options, () => this.#tellRecounters());
    const warn = (error: unknown) => options.log.warn("recount not asked for", { error });
    this.#help = {
      limits: options.limits,
      wakeRecounts: () => this.#wakeRecounts(),
      flush: (how) => this.#writer.flush(how),
      makeRoom: (missingBytes) => this.#makeRoom(missingBytes),
      refuse: (refused, needBytes) => this.#refuse(refused, needBytes),
    };
    this.#doubts = new Doubts({ count: (path) => this.askRecount(path), warn });
  }

  /** Begins to write down what is counted. `alone`: no other process can be storing anything here. */
  async start({ alone }: { readonly alone: boolean }): Promise<void> {
    await this.#writer.start({ alone });
  }

  /**
   * Takes room for an object in every scope it is in. Throws `quota_exceeded` when one of them has too little left, `unavailable` while a
   * repository is still being counted for the first time, `overloaded` when its account has announced much that it does not send. Of a size that nobody has said, the body takes its room as it comes
   * (`Reservation.covered`). Locks are counted and never refused.
   */
  async reserve(repository: OpenRepository, object: ObjectName, incoming: IncomingObject, signal: AbortSignal): Promise<Reservation> {
    const { path, actor } = repository;
    const quota = await this.#cache.look(path.text, !incoming.found && actor.kind === "account" ? actor.name : undefined);
    const isLimited = quota.isLimited && object.type !== "locks";
    if (isLimited && incoming.found && quota.known === undefined) await this.askRecount(path.text);
    await this.#tellRecounter(path.text, quota);

    const tally = this.#writer.tally(path.text, quota.ownerId);
    const cleanUp = isForCleanUp(object.type) && repository.allows("remove");
    const take = isLimited ? (from: Tally, bytes: number) => this.#take(from, { bytes, cleanUp }, signal) : undefined;
    const expected = isLimited && object.type !== "config" && actor.kind === "account" ? this.#expect(actor.name, incoming) : undefined;
    const { beforeBytes } = incoming;
    const reservation = new Reservation({ tally, object, beforeBytes, take, expected, clock: this.#options.clock });
    try {
      await reservation.cover(incoming.sizeBytes ?? 0);
      return reservation;
    } catch (error) {
      reservation[Symbol.dispose]();
      throw error;
    }
  }

  /** Says that an object is about to be taken away. Call it before its name goes. */
  async removing({ path }: Pick<OpenRepository, "path">, object: ObjectName): Promise<Departure> {
    const quota = await this.#cache.look(path.text);
    await this.#tellRecounter(path.text, quota);
    const tally = this.#writer.tally(path.text, quota.ownerId);
    const change: Change = { object, beforeBytes: "unknown" };
    tally.changes.add(change);
    return {
      removed: (sizeBytes) => tally.tell(change, { beforeBytes: sizeBytes, afterBytes: undefined }, { isBacked: true }),
      [Symbol.dispose]: () => void tally.changes.delete(change),
    };
  }

  /** An object has gone. A count that runs at the same time may miss it or see it twice: `removing` before is better. */
  async removed(repository: Pick<OpenRepository, "path">, object: ObjectName, sizeBytes: number): Promise<void> {
    using departure = await this.removing(repository, object);
    departure.removed(sizeBytes);
  }

  /**
   * Runs a write that takes room of quotas, in the name of this process, until it is granted. Throws `quota_exceeded` when a scope has too
   * little left, `unavailable` while something is being counted for the first time.
   */
  async take<Taken extends { readonly kind: string }>(
    write: (own: {
      readonly process: string;
      readonly uncountable: readonly string[];
    }) => Promise<Taken | NothingLeft | { readonly kind: "unknown" }>,
    need: { readonly needBytes: number; readonly signal: AbortSignal },
  ): Promise<Taken> {
    const ask = () => this.#writer.inOwnName((process) => write({ process, uncountable: this.uncountable.paths }));
    return await askForRoom<Taken>(this.#help, ask, need);
  }

  /** An object has come back, out of the trash. Counted, never refused. */
  async stored({ path }: Pick<OpenRepository, "path">, object: ObjectName, sizeBytes: number): Promise<void> {
    const quota = await this.#cache.look(path.text);
    await this.#tellRecounter(path.text, quota);
    const tally = this.#writer.tally(path.text, quota.ownerId);
    using reservation = new Reservation({ tally, object, ...UNLIMITED, clock: this.#options.clock });
    reservation.settle(sizeBytes, { returned: true });
  }

  /** The trash has so many bytes more, or with a minus less. They count for the hub alone. */
  trashGrew(bytes: number): void {
    this.#writer.trashGrew(bytes);
  }

  /** Writes down what was stored and taken away so far. Nothing that is acknowledged waits for this. */
  async flush(): Promise<void> {
    await this.#writer.flush();
  }

  /** Has a repository counted soon. */
  async askRecount(path: string): Promise<void> {
    await this.#options.database.write("askRecount", { path, nowMs: this.#options.clock() });
    this.#wakeRecounts();
  }

  /** A step failed in the midst of a change there: it is counted again soon. Never throws. */
  doubt(path: string): void {
    this.#doubts.add(path);
  }

  /** There is something to count at once. */
  wakeRecounts(): void {
    this.#wakeRecounts();
  }

  /** Whoever counts, or can tell the process that does, is called when there is something to count at once. */
  onRecountAsked(wake: () => void): void {
    this.#wakeRecounts = wake;
  }

  /** `makeRoom` is called before the hub's own quota refuses: what lies in the trash counts for it. It resolves to the bytes that went. */
  onHubFull(makeRoom: (missingBytes: number) => Promise<number>): void {
    this.#makeRoom = makeRoom;
  }

  /** This process, as it is called in the ledger. */
  get process(): string {
    return this.#writer.process;
  }

  /** `tell` is called with its name whenever it goes on under another one, because it was taken for dead. */
  readonly onRenamed = (tell: (process: string) => void): void => this.#writer.onRenamed(tell);

  /** Begins a count of the repository, which this process has claimed: from now on it hears of every change here. Undefined while one runs. */
  async beginRecount(path: string): Promise<Tally | undefined> {
    const { ownerId } = await this.#cache.look(path);
    const tally = this.#writer.tally(path, ownerId);
    if (tally.recount !== undefined) return undefined;
    tally.beginRecount();
    return tally;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#doubts[Symbol.asyncDispose]();
    await this.#writer[Symbol.asyncDispose]();
  }

  /** Lets other processes know that what they count is changing under them. */
  async #tellRecounters(): Promise<void> {
    for (const path of this.#writer.busyPaths) await this.#tellRecounter(path, await this.#cache.look(path));
  }

  async #tellRecounter(path: string, { known }: RepositoryQuota): Promise<void> {
    const process = this.#writer.process;
    if (known?.recountBy === undefined || known.recountBy === process) return;
    await this.#options.database.write("disturbRecount", { path, process });
  }

  /** Bounds what one account keeps from others by announcing it: whoever sends what it has announced is not held up. */
  #expect(accountName: string, { sizeBytes = 0 }: IncomingObject): Expected {
    const pendingBytes = this.#announced.of(accountName);
    if (pendingBytes > 0 && pendingBytes + sizeBytes > this.#options.limits.reservedBytesPerAccount) {
      throw new HubError("overloaded", "This account has announced too many bytes at once; try again soon");
    }
    return this.#announced.expect(accountName, sizeBytes);
  }

  /** Takes bytes out of what is drawn; draws more where that is not enough, and waits for others to give way before it refuses. */
  async #take(tally: Tally, need: Need, signal: AbortSignal): Promise<"block" | "cleanUp" | "exempt"> {
    using _ = waitingFor(tally, need.bytes);
    const ask = async () => {
      for (;;) {
        signal.throwIfAborted();
        if (tally.freeBytes >= need.bytes) {
          tally.take(need.bytes);
          return { kind: "block" } as const;
        }
        if (tally.drawing !== undefined) {
          await tally.drawing;
          continue;
        }
        const drawn = await this.#draw(tally, need.bytes);
        if (drawn.kind === "granted") continue;
        if (drawn.kind === "unlimited") return { kind: "exempt" } as const;
        if (drawn.kind === "refused" && need.cleanUp && (await this.#drawForCleanUp(tally, need.bytes)))
          return { kind: "cleanUp" } as const;
        return drawn;
      }
    };
    return (await askForRoom(this.#help, ask, { needBytes: need.bytes, signal })).kind;
  }

  /** One draw for all that wait in this repository: many uploads at once cost few writes. */
  async #draw(tally: Tally, leastBytes: number): Promise<Drawn> {
    const wantBytes = Math.max(tally.waitingBytes, DRAW_BYTES);
    const { path, ownerId } = tally;
    const drawing = this.#writer
      .draw({ path, ownerId, leastBytes, wantBytes, cleanUp: false, uncountable: this.uncountable.paths })
      .then((drawn) => {
        if (drawn.kind === "granted") tally.granted(drawn.bytes);
        return drawn;
      });
    tally.drawing = drawing.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await drawing;
    } finally {
      tally.drawing = undefined;
    }
  }

  async #drawForCleanUp(tally: Tally, bytes: number): Promise<boolean> {
    const { path, ownerId } = tally;
    const drawn = await this.#writer.draw({
      path,
      ownerId,
      leastBytes: bytes,
      wantBytes: bytes,
      cleanUp: true,
      uncountable: this.uncountable.paths,
    });
    if (drawn.kind !== "granted") return false;
    tally.granted(drawn.bytes);
    tally.take(bytes);
    return true;
  }

  async #refuse(drawn: Extract<NothingLeft, { readonly kind: "refused" }>, needBytes: number): Promise<HubError> {
    const { database, clock, log } = this.#options;
    const { scope, key } = drawn;
    database
      .write("noteQuotaMet", { scope, key, nowMs: clock() })
      .catch((error: unknown) => log.warn("quota warning not written", { error }));
    return await quotaRefusal(database.read, drawn, needBytes);
  }
}

interface Need {
  readonly bytes: number;
  /** Its sender may remove, and this is what a clean-up has to write. */
  readonly cleanUp: boolean;
}

function waitingFor(tally: Tally, bytes: number): Disposable {
  tally.waitingBytes += bytes;
  return {
    [Symbol.dispose]() {
      tally.waitingBytes -= bytes;
    },
  };
}
