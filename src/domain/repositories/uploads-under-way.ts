import { PendingBytes } from "#lib/pending-bytes.ts";

/** One of several things that are under way, until it is disposed. */
export interface UnderWay extends Disposable {
  /** How many of them were under way when this one began. */
  readonly before: number;
}

/**
 * What this process is taking in at the moment, for the bounds on what is stored. Call `enter...` before you look at what is stored: then
 * each other one is in what is found or in `before` (in both when it arrives meanwhile), and two at once cannot both be the last.
 */
export class UploadsUnderWay {
  /** Whether other processes take uploads in at the same time, of which this one knows nothing. */
  readonly hasNeighbours: boolean;
  /** Bytes that have been given room on a disk and are not there yet, by its `home`. */
  readonly pending = new PendingBytes();
  readonly #locks = new Map<string, number>();
  readonly #repositories = new Map<string, number>();

  constructor({ hasNeighbours = false }: { readonly hasNeighbours?: boolean } = {}) {
    this.hasNeighbours = hasNeighbours;
  }

  /** A lock, on its way to a repository. */
  enterLock(repository: string): UnderWay {
    return enter(this.#locks, repository);
  }

  /** The first object or the folders of a repository that an account makes. */
  enterNewRepository(accountName: string): UnderWay {
    return enter(this.#repositories, accountName);
  }
}

function enter(counts: Map<string, number>, key: string): UnderWay {
  const before = counts.get(key) ?? 0;
  counts.set(key, before + 1);
  return {
    before,
    [Symbol.dispose]: () => {
      const left = (counts.get(key) ?? 1) - 1;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
    },
  };
}
