import { HUB } from "#model/actor.ts";
import type { Clock } from "#model/clock.ts";
import type { FilePath } from "#storage/file-path.ts";
import type { Core } from "../core.ts";
import { eraseBatches } from "./erase-batches.ts";
import { recordEmptied } from "./record-emptied.ts";

/** Room that is to be made in the trash. */
export interface RoomWanted {
  readonly missingBytes: number;
  /** On the disk that this lies on; without it anywhere. */
  readonly near?: FilePath;
}

/** What making room remembers: one for all processes of a hub. */
export class RoomMaking {
  readonly #monotonic: Clock;
  /** In a worker: has its primary make room. */
  readonly ask: ((wanted: RoomWanted) => Promise<number>) | undefined;
  readonly #running = new Map<string, Promise<number>>();
  readonly #nothingUntilMs = new Map<string, number>();

  /** `monotonic`: milliseconds that never go back. */
  constructor(monotonic: Clock, ask?: (wanted: RoomWanted) => Promise<number>) {
    this.#monotonic = monotonic;
    this.ask = ask;
  }

  /**
   * Runs `erase`, which resolves to the bytes that went, unless it runs already for this disk: then this waits for that one, and its
   * caller looks at the disk again. For a minute after one that gained nothing there is nothing to gain on that disk. `disk` is the home
   * of what needs the room; undefined for all disks together.
   */
  async run(disk: string | undefined, erase: () => Promise<number>): Promise<number> {
    const key = disk === undefined ? "all" : `disk ${disk}`;
    const running = this.#running.get(key);
    if (running !== undefined) return await running;
    if (this.#monotonic() < (this.#nothingUntilMs.get(key) ?? Number.NEGATIVE_INFINITY)) return 0;
    const own = erase().finally(() => this.#running.delete(key));
    this.#running.set(key, own);
    const freedBytes = await own;
    if (freedBytes === 0) this.#nothingUntilMs.set(key, this.#monotonic() + NOTHING_MS);
    return freedBytes;
  }
}

const NOTHING_MS = 60_000;

/**
 * Erases from the trash, of the disk that `near` lies on where that is given, oldest first and no more than `missingBytes` asks for, what has been there for `trashHoldAgeMs`: what would
 * stay for `trashKeepAgeMs` were there room. Resolves to the bytes that went; 0, at once, when there is nothing to gain. It takes at
 * most `trashMakeRoomMs`, and what fails in it is logged: the caller is short of room either way. A worker asks its primary, and throws
 * `unavailable` when that takes longer than an answer may: then there may be room soon.
 */
export async function makeRoom(core: Core, wanted: RoomWanted): Promise<number> {
  if (core.roomMaking.ask !== undefined) return await core.roomMaking.ask(wanted);
  const { missingBytes, near } = wanted;
  return await core.roomMaking.run(near === undefined ? undefined : core.storage.homeOf(near), async () => {
    const startedAtMs = core.clock();
    try {
      if (core.time.jumped) return 0;
      await core.time.count();
      const options = { ageMs: core.limits.trashHoldAgeMs, ...(near === undefined ? {} : { near }), enoughBytes: missingBytes };
      // Not the client's signal: others wait for the same, and it goes on when one of them hangs up.
      const erased = await eraseBatches(core, options, AbortSignal.timeout(core.limits.trashMakeRoomMs));
      recordEmptied(core, { by: HUB, startedAtMs, erased, why: "an upload needed the room" });
      return erased.sizeBytes;
    } catch (error) {
      core.log.error("no room could be made in the trash", { error });
      return 0;
    }
  });
}
