import { setTimeout as sleep } from "node:timers/promises";
import type { NothingLeft } from "#db/quota-ledger.ts";
import type { Limits } from "#limits.ts";
import { HubError } from "#model/hub-error.ts";

const LOOK_AGAIN_MS = 100;
const COUNTED_AGAIN_MS = 250;

/** What may help when there is no room. */
export interface RoomHelp {
  readonly limits: Pick<Limits, "quotaHandBackMs" | "quotaCountWaitMs">;
  /** Has what was never counted counted at once. */
  wakeRecounts(): void;
  /** Writes down what this process has stored and taken away, and with `handBack` gives back what it has drawn and does not use. */
  flush(options?: { readonly handBack: boolean }): Promise<void>;
  /** Erases what it may of the trash; resolves to the bytes that went. */
  makeRoom(missingBytes: number): Promise<number>;
  /** The refusal when nothing has helped. */
  refuse(refused: Extract<NothingLeft, { readonly kind: "refused" }>, needBytes: number): Promise<HubError>;
}

/**
 * Asks until it is granted, or certain that it is not: waits for others to give way and for what has to be counted first. Throws
 * `quota_exceeded`, `unavailable` while that takes longer than an answer may.
 */
export async function askForRoom<Granted extends { readonly kind: string }>(
  help: RoomHelp,
  ask: () => Promise<Granted | NothingLeft>,
  { needBytes, signal }: { readonly needBytes: number; readonly signal: AbortSignal },
): Promise<Granted> {
  const { quotaHandBackMs, quotaCountWaitMs } = help.limits;
  const startedAtMs = performance.now();
  const hasPassed = (ms: number) => performance.now() - startedAtMs >= ms;
  let [hasHandedBack, hasMadeRoom] = [false, false];
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (isUncounted(answer)) {
      if (hasPassed(quotaCountWaitMs)) {
        throw new HubError("unavailable", "What is stored here is being counted for its quota; try again soon");
      }
      help.wakeRecounts();
      await sleep(COUNTED_AGAIN_MS, undefined, { signal });
    } else if (!isRefused(answer)) {
      return answer;
    } else if (!hasHandedBack) {
      hasHandedBack = true; // what other repositories of this process have drawn, and what was removed here a moment ago
      await help.flush({ handBack: true });
    } else if (answer.othersHold && !hasPassed(quotaHandBackMs)) {
      await sleep(LOOK_AGAIN_MS, undefined, { signal });
    } else if (answer.scope === "hub" && !hasMadeRoom) {
      hasMadeRoom = true;
      if ((await help.makeRoom(answer.usedBytes + answer.drawnBytes + needBytes - answer.hardBytes)) > 0) await help.flush();
    } else {
      throw await help.refuse(answer, needBytes);
    }
  }
}

type Refused = Extract<NothingLeft, { readonly kind: "refused" }>;

function isRefused(answer: { readonly kind: string }): answer is Refused {
  return answer.kind === "refused";
}

function isUncounted(answer: { readonly kind: string }): answer is Exclude<NothingLeft, Refused> {
  return answer.kind === "uncounted";
}
