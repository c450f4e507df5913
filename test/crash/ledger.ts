/** Where an object's bytes may be found: at its place, or not there. */
export type Presence = "present" | "absent";

/** `laptop/main/data/<id>`: repository, type and id as they stand in a request's target; `laptop/main/config` for a config. */
export type ObjectPath = string;

/** What a client asks for: an upload or a restore wants the object to be there, a removal wants it away. */
export type ActKind = "post" | "delete" | "restore";

/** A request that was sent. One of the three is called once, when the client knows how it went; none when it never hears of it. */
export interface Act {
  /** The client has read the whole of an answer that says it is done. */
  acknowledged(): void;
  /** The client was told that nothing was done. */
  refused(): void;
  /** The answer was lost, or said nothing about it: it may happen as long as the hub lives. */
  lost(): void;
}

/** What is known of one object from outside of the hub. */
export interface LedgerEntry {
  readonly path: ObjectPath;
  /** What a look at its place may find. */
  readonly possible: ReadonlySet<Presence>;
  /** Undefined while only a broken upload has told it. */
  readonly sizeBytes: number | undefined;
  /** Lower-case hex; undefined for a config that somebody else has made. */
  readonly sha256: string | undefined;
  /** A client was told, or a look has shown, that it was there. From then on its bytes are at its place or in the trash. */
  readonly wasPresent: boolean;
}

/** How the requests ended that nobody had an answer to when the hub ended. */
export interface InFlight {
  readonly kind: ActKind;
  readonly path: ObjectPath;
}

interface KnownObject extends LedgerEntry {
  possible: Set<Presence>;
  sizeBytes: number | undefined;
  wasPresent: boolean;
  readonly open: Set<OpenAct>;
  requests: number;
}

interface OpenAct {
  readonly kind: ActKind;
  readonly target: Presence;
  /** Targets of all requests at the same object that were open at the same time. */
  readonly beside: Set<Presence>;
}

/**
 * What clients were promised, kept outside of the hub. A request may take effect at any moment from when it is sent until the client has its
 * answer, or until the hub ends. Of requests at one object that overlap any may be the last; the last of those that do not, decides.
 */
export class Ledger {
  readonly #objects = new Map<ObjectPath, KnownObject>();
  /** Objects that something was asked of since the last look. */
  readonly #touched = new Set<ObjectPath>();
  readonly acknowledged: Record<ActKind, number> = { post: 0, delete: 0, restore: 0 };

  /** A client sends a request. `sha256` and `sizeBytes` are those of the bytes, where they are known. */
  begin(
    kind: ActKind,
    path: ObjectPath,
    bytes: { readonly sizeBytes?: number | undefined; readonly sha256?: string | undefined } = {},
  ): Act {
    const known = this.#objects.get(path) ?? newObject(path, bytes.sha256);
    this.#objects.set(path, known);
    this.#touched.add(path);
    const target = kind === "delete" ? "absent" : "present";
    const act: OpenAct = { kind, target, beside: new Set() };
    for (const other of known.open) {
      other.beside.add(target);
      act.beside.add(other.target);
    }
    known.open.add(act);
    known.requests += 1;
    const before = new Set(known.possible);
    known.possible.add(target);
    return {
      acknowledged: () => {
        known.open.delete(act);
        this.acknowledged[kind] += 1;
        if (kind === "post") known.sizeBytes ??= bytes.sizeBytes;
        if (target === "present") known.wasPresent = true;
        if (act.beside.size === 0 || (act.beside.size === 1 && act.beside.has(target))) known.possible = new Set([target]);
      },
      refused: () => {
        known.open.delete(act);
        if (act.beside.size === 0) known.possible = before;
      },
      lost: () => undefined, // it stays open
    };
  }

  /** The hub has ended: what is still open will not happen any more. Resolves to it. */
  hubEnded(): readonly InFlight[] {
    const left: InFlight[] = [];
    for (const { path, open } of this.#objects.values()) {
      for (const { kind } of open) left.push({ kind, path });
      open.clear();
    }
    return left;
  }

  /** A look at its place has shown `presence`, after the hub had ended. False when that breaks a promise. */
  observe(path: ObjectPath, presence: Presence): boolean {
    const known = this.#objects.get(path);
    if (known === undefined) return presence === "absent";
    const isRight = known.possible.has(presence);
    known.possible = new Set([presence]);
    if (presence === "present") known.wasPresent = true;
    return isRight;
  }

  find(path: ObjectPath): LedgerEntry | undefined {
    return this.#objects.get(path);
  }

  all(): IterableIterator<LedgerEntry> {
    return this.#objects.values();
  }

  /** Whether nothing is under way at the object, and it is there for certain. */
  isSurelyThere(path: ObjectPath): boolean {
    const known = this.#objects.get(path);
    return known !== undefined && known.open.size === 0 && known.possible.size === 1 && known.possible.has("present");
  }

  /** How many requests there were for the object so far: a number that stays the same says that none came between. */
  requestsOf(path: ObjectPath): number {
    return this.#objects.get(path)?.requests ?? 0;
  }

  /** Objects that something was asked of since the last call. */
  takeTouched(): readonly ObjectPath[] {
    const touched = [...this.#touched];
    this.#touched.clear();
    return touched;
  }
}

function newObject(path: ObjectPath, sha256: string | undefined): KnownObject {
  const last = path.slice(path.lastIndexOf("/") + 1);
  const named = /^[0-9a-f]{64}$/.test(last) ? last : undefined;
  return {
    path,
    possible: new Set(["absent"]),
    sizeBytes: undefined,
    sha256: named ?? sha256,
    wasPresent: false,
    open: new Set(),
    requests: 0,
  };
}
