import type { Attempt } from "../access/failure-throttle.ts";
import type { Guess, GuessCounter } from "../access/guesses.ts";
import type { LineToPrimary } from "./worker-messages.ts";

/** Failed sign-ins of a worker, which its primary counts. Without an answer nobody's unknown password is looked at. */
export class ToldGuesses implements GuessCounter {
  readonly #line: LineToPrimary;
  #last = 0;

  constructor(line: LineToPrimary) {
    this.#line = line;
  }

  /** Throws `unavailable` when the primary does not answer. */
  async enter({ login, address }: Attempt): Promise<Guess | undefined> {
    this.#last += 1;
    const number = this.#last;
    let isSettled = false;
    const settle = (outcome: "failed" | "succeeded" | "unseen") => {
      if (isSettled) return;
      isSettled = true;
      this.#line.tell("guess.settled", { number, outcome });
    };
    try {
      const answer = await this.#line.ask("guess.enter", { number, attempt: { login, address } });
      if (answer === null) return undefined;
      return {
        isProven: answer.isProven,
        failed: () => settle("failed"),
        succeeded: () => settle("succeeded"),
        [Symbol.dispose]: () => settle("unseen"),
      };
    } catch (error) {
      settle("unseen"); // it may be taken in after all, and would count for ever
      throw error;
    }
  }
}
