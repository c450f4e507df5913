import { formatBytes } from "#lib/format-bytes.ts";
import type { OperationDetails } from "#model/operation.ts";
import type { ObjectName } from "#model/repository.ts";

/** What is counted: everything that is kept. */
export type TalliedType = Exclude<ObjectName["type"], "locks">;

const TYPES = ["snapshots", "data", "index", "keys", "config"] as const satisfies readonly TalliedType[];

/** What one of them, and several, are called in a sentence. */
const WORDS: Readonly<Record<TalliedType, readonly [one: string, several: string]>> = {
  data: ["pack", "packs"],
  index: ["index", "indexes"],
  keys: ["key", "keys"],
  snapshots: ["snapshot", "snapshots"],
  config: ["config", "configs"],
};

/** Counts objects and their bytes by type. */
export class ObjectTally {
  readonly #counts: Record<TalliedType, number> = { data: 0, index: 0, keys: 0, snapshots: 0, config: 0 };
  #bytes = 0;

  add(type: TalliedType, sizeBytes: number): void {
    this.#counts[type] += 1;
    this.#bytes += sizeBytes;
  }

  subtract(type: TalliedType, sizeBytes: number): void {
    this.#counts[type] -= 1;
    this.#bytes -= sizeBytes;
  }

  addAll(other: ObjectTally): void {
    for (const type of TYPES) this.#counts[type] += other.#counts[type];
    this.#bytes += other.#bytes;
  }

  count(type: TalliedType): number {
    return this.#counts[type];
  }

  get objects(): number {
    return TYPES.reduce((sum, type) => sum + this.#counts[type], 0);
  }

  get sizeBytes(): number {
    return this.#bytes;
  }

  /** `3 snapshots, 12 packs and 1 index (40.2 MiB)`; `nothing` of nothing. */
  get text(): string {
    const parts = TYPES.filter((type) => this.#counts[type] > 0).map((type) => {
      const count = this.#counts[type];
      return `${count} ${WORDS[type][count === 1 ? 0 : 1]}`;
    });
    if (parts.length === 0) return "nothing";
    const last = parts.at(-1) ?? "";
    const list = parts.length === 1 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
    return `${list} (${formatBytes(this.#bytes)})`;
  }

  /** `{ addedObjects, addedBytes, addedPacks, ... }`, types that there are none of left out. */
  details(verb: "added" | "removed"): OperationDetails {
    const details: Record<string, number> = { [`${verb}Objects`]: this.objects, [`${verb}Bytes`]: this.#bytes };
    for (const type of TYPES) {
      const word = WORDS[type][1];
      if (this.#counts[type] > 0) details[`${verb}${word.charAt(0).toUpperCase()}${word.slice(1)}`] = this.#counts[type];
    }
    return details;
  }
}
