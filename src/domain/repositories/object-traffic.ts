import type { ObjectType } from "#model/repository.ts";
import type { OpenRepository } from "./open-repository.ts";

/** Whose objects are counted together. */
export interface TrafficKey {
  /** Empty where nobody has signed in. */
  readonly login: string;
  /** Path of the repository. */
  readonly repository: string;
  readonly type: ObjectType;
}

export interface TrafficCounts {
  writes: number;
  writtenBytes: number;
  reads: number;
  readBytes: number;
  deletes: number;
  deletedBytes: number;
}

const FIELDS = [
  "writes",
  "writtenBytes",
  "reads",
  "readBytes",
  "deletes",
  "deletedBytes",
] as const satisfies readonly (keyof TrafficCounts)[];

const OTHERS = "(others)";

/**
 * What has been stored, sent and removed since the hub began: all of it in a hub of one process and in a primary, in a worker what its
 * primary does not know yet; by login, repository and type; `config` is not counted, as with
 * rest-server (spec/restic-rest.md section 3.3). Never more than `mostKeys` counts: whoever comes later is counted as `(others)`.
 */
export class ObjectTraffic {
  readonly #mostKeys: number;
  readonly #used: () => void;
  readonly #counts = new Map<string, TrafficKey & TrafficCounts>();

  /** `used` is called whenever something is about to be counted. */
  constructor(mostKeys: number, used: () => void = () => undefined) {
    this.#mostKeys = mostKeys;
    this.#used = used;
  }

  /** The counts of whoever uses the repository, to be raised at once; they never fall. */
  of({ actor, path }: Pick<OpenRepository, "actor" | "path">, type: ObjectType): TrafficCounts {
    this.#used();
    return this.#at({ login: actor.kind === "account" ? actor.login : "", repository: path.text, type });
  }

  /** Everything counted so far. */
  all(): Iterable<TrafficKey & TrafficCounts> {
    return this.#counts.values();
  }

  /** Adds what another process has counted. */
  add({ login, repository, type, ...more }: TrafficKey & TrafficCounts): void {
    const counts = this.#at({ login, repository, type });
    for (const field of FIELDS) counts[field] += more[field];
  }

  /** Everything counted since the last time, which is forgotten here: whoever takes it counts on. */
  take(): readonly (TrafficKey & TrafficCounts)[] {
    const taken = [...this.#counts.values()];
    this.#counts.clear();
    return taken;
  }

  #at(key: TrafficKey): TrafficCounts {
    // No login holds a slash, and no path of a repository a colon at its start.
    const name = `${key.type} ${key.login}:${key.repository}`;
    const known = this.#counts.get(name);
    if (known !== undefined) return known;
    if (this.#counts.size >= this.#mostKeys && key.login !== OTHERS) {
      return this.#at({ login: OTHERS, repository: OTHERS, type: key.type });
    }
    const { login, repository, type } = key;
    const fresh = { login, repository, type, writes: 0, writtenBytes: 0, reads: 0, readBytes: 0, deletes: 0, deletedBytes: 0 };
    this.#counts.set(name, fresh);
    return fresh;
  }
}
