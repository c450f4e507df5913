/** How often a worker is asked whether it is there. */
export const BEAT_MS = 1000;

/**
 * Whether a process answers, told by questions of which one at most is under way. Time is counted in beats of this process: one that was
 * itself held up (stopped, suspended, busy) takes nobody for silent.
 */
export class Pulse {
  #asked = 0;
  #isOwed = false;
  #owedBeats = 0;

  /** Another beat has passed: whether to ask. Not while an answer is owed. */
  beat(): boolean {
    if (this.#isOwed) {
      this.#owedBeats += 1;
      return false;
    }
    this.#isOwed = true;
    this.#asked += 1;
    return true;
  }

  /** The answer to the last question has come. */
  answered(): void {
    this.#isOwed = false;
    this.#owedBeats = 0;
  }

  /** How often it was asked so far. */
  get asked(): number {
    return this.#asked;
  }

  /** How long an answer is owed, in whole beats; 0 for one that has only just been asked. */
  get silentMs(): number {
    return this.#owedBeats * BEAT_MS;
  }
}
