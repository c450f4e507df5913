import type { Guess, Guesses } from "../access/guesses.ts";
import type { LineToWorker } from "./worker-messages.ts";

/** Counts what one worker looks at. What it has not told of when it ends has failed: it may have been looked at, and answered. */
export function serveGuesses(guesses: Guesses, line: LineToWorker): void {
  const entered = new Map<number, Guess>();
  /** Being taken in, for those that are given up meanwhile. */
  const entering = new Map<number, AbortController>();

  line.onAsked("guess.enter", async ({ number, attempt }) => {
    const gaveUp = new AbortController();
    entering.set(number, gaveUp);
    try {
      const guess = await guesses.enter(attempt, gaveUp.signal);
      if (guess === undefined) return null;
      if (gaveUp.signal.aborted) {
        guess[Symbol.dispose]();
        return null;
      }
      entered.set(number, guess);
      return { isProven: guess.isProven };
    } finally {
      entering.delete(number);
    }
  });
  line.onTold("guess.settled", ({ number, outcome }) => {
    entering.get(number)?.abort();
    const guess = entered.get(number);
    entered.delete(number);
    if (outcome === "failed") guess?.failed();
    else if (outcome === "succeeded") guess?.succeeded();
    else guess?.[Symbol.dispose]();
  });
  void line.ended.then(() => {
    for (const gaveUp of entering.values()) gaveUp.abort();
    for (const guess of entered.values()) guess.failed();
    entered.clear();
  });
}
