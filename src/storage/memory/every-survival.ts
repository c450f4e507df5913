import { randomSurvival, type Survival } from "./memory-node.ts";
import { seededRandom } from "./seeded-random.ts";

/** Everything that one loss of power can leave, one after another; a choice of it, by seed, when that is more than `most`. */
export function* everySurvival<Left>(cut: (survival: Survival) => Left, most: number): Generator<Left, { readonly sampled: boolean }> {
  const all: Left[] = [];
  const choices = new Choices();
  do {
    all.push(cut(choices.survival()));
  } while (all.length <= most && choices.next());
  if (all.length <= most) {
    yield* all;
    return { sampled: false };
  }
  yield cut({ keepsName: () => true, keptBytes: (lengthBytes) => lengthBytes }); // the process alone has died
  yield cut({ keepsName: () => false, keptBytes: () => undefined });
  for (let seed = 2; seed < most; seed += 1) yield cut(randomSurvival(seededRandom(seed)));
  return { sampled: true };
}

/** Counts through all choices like a clock through its digits. How many there are turns out on the way. */
class Choices {
  readonly #digits: { value: number; readonly values: number }[] = [];
  #at = 0;

  survival(): Survival {
    this.#at = 0;
    return {
      keepsName: () => this.#choose(2) === 0,
      keptBytes: (lengthBytes) => [lengthBytes, Math.floor(lengthBytes / 2), undefined][this.#choose(3)],
    };
  }

  /** False when all have been. */
  next(): boolean {
    for (let last = this.#digits.at(-1); last !== undefined; last = this.#digits.at(-1)) {
      last.value += 1;
      if (last.value < last.values) return true;
      this.#digits.pop();
    }
    return false;
  }

  #choose(values: number): number {
    const digit = this.#digits[this.#at] ?? { value: 0, values };
    this.#digits[this.#at] = digit;
    this.#at += 1;
    return digit.value;
  }
}
