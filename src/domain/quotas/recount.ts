import { type CountedType, noUse, type RepositoryUse } from "#model/quota.ts";
import type { ObjectName } from "#model/repository.ts";

/** Something that is about to change in a repository: an object on its way in or out, from before its name changes until that is told. */
export interface Change {
  readonly object: ObjectName;
  /** The size of what has the name now, undefined for nothing; `unknown` for something that is to be taken away. */
  readonly beforeBytes: number | undefined | "unknown";
  /** What a count has already found under this name while the change was on its way; undefined when no count has come by. */
  seen?: { readonly sizeBytes: number | undefined };
}

/** Whether a count has met the name already changed, though that is not told yet. What it found can only be used once it is. */
export function isHalfSeen({ beforeBytes, seen }: Change): boolean {
  if (seen === undefined) return false;
  return beforeBytes === "unknown" ? seen.sizeBytes === undefined : seen.sizeBytes !== beforeBytes;
}

/** The size of the object before and after; undefined where it was not or no longer is there. */
export interface Effect {
  readonly beforeBytes: number | undefined;
  readonly afterBytes: number | undefined;
}

interface OpenFolder {
  readonly key: string;
  readonly type: CountedType;
  /** What the listing shows. At most one folder's names are held at a time. */
  readonly names: Map<string, number>;
  /** What was told meanwhile: newer than any listing. */
  readonly told: Map<string, number | undefined>;
}

/**
 * Adds up what lies in a repository while objects come and go. Folders are listed one after another, and each is true for the moment in
 * which its listing ends: what is told of a folder before that is in the listing, or put right in it; what is told later is added.
 *
 * A name changes on the disk a little before that is told. So the end of a listing leaves with every change that is on its way what it
 * has found of it, and the change then counts from there.
 */
export class Recount {
  readonly #total = noUse();
  readonly #done = new Set<string>();
  #open: OpenFolder | undefined;

  /** A listing begins. */
  begin(key: string, type: CountedType): void {
    this.#open = { key, type, names: new Map(), told: new Map() };
  }

  /** The listing shows an object. */
  see(name: string, sizeBytes: number): void {
    this.#open?.names.set(name, sizeBytes);
  }

  /** The listing has ended; `onTheWay` are the changes that are not told yet. */
  end(onTheWay: Iterable<Change>): void {
    if (this.#open === undefined) return;
    const { key, type, names, told } = this.#open;
    for (const [name, sizeBytes] of told) {
      if (sizeBytes === undefined) names.delete(name);
      else names.set(name, sizeBytes);
    }
    for (const sizeBytes of names.values()) this.#add(type, { beforeBytes: undefined, afterBytes: sizeBytes });
    for (const change of onTheWay) {
      if (folderOf(change.object) === key) change.seen = { sizeBytes: names.get(nameOf(change.object)) };
    }
    this.#done.add(key);
    this.#open = undefined;
  }

  /** A change is told; `onTheWay` are the others. */
  tell(change: Change, { beforeBytes, afterBytes }: Effect, onTheWay: Iterable<Change>): void {
    const key = folderOf(change.object);
    const name = nameOf(change.object);
    if (this.#open?.key === key) this.#open.told.set(name, afterBytes);
    if (!this.#done.has(key)) return;
    this.#add(change.object.type, { beforeBytes: change.seen === undefined ? beforeBytes : change.seen.sizeBytes, afterBytes });
    for (const other of onTheWay) {
      if (other.seen !== undefined && folderOf(other.object) === key && nameOf(other.object) === name)
        other.seen = { sizeBytes: afterBytes };
    }
  }

  /** What lies there now. */
  get use(): RepositoryUse {
    return structuredClone(this.#total);
  }

  #add(type: CountedType, effect: Effect): void {
    addEffect(this.#total, type, effect);
  }
}

/** Adds what a change has done to counters. */
export function addEffect(
  use: Record<CountedType, { count: number; sizeBytes: number }>,
  type: CountedType,
  { beforeBytes, afterBytes }: Effect,
): void {
  use[type].count += (afterBytes === undefined ? 0 : 1) - (beforeBytes === undefined ? 0 : 1);
  use[type].sizeBytes += (afterBytes ?? 0) - (beforeBytes ?? 0);
}

/** The folder an object lies in, as a count names it: `data/ab`, `index`, `config`. */
function folderOf(object: ObjectName): string {
  return object.type === "data" ? `data/${object.id.slice(0, 2)}` : object.type;
}

function nameOf(object: ObjectName): string {
  return object.type === "config" ? "config" : object.id;
}
