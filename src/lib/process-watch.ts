interface Seen {
  beat: number;
  sinceMs: number;
}

/**
 * Tells which processes are dead: those whose beat has not moved for the length of a lease, by this process's own running time. So a wall
 * clock that jumps, here or there, kills nobody.
 */
export class ProcessWatch {
  readonly #leaseMs: number;
  #seen = new Map<string, Seen>();

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** Takes in the beats as they are now; `nowMs` is running time. */
  look(
    processes: readonly { readonly process: string; readonly beat: number }[],
    { own, nowMs }: { readonly own: string; readonly nowMs: number },
  ): readonly string[] {
    const seen = new Map<string, Seen>();
    for (const { process, beat } of processes) {
      if (process === own) continue;
      const before = this.#seen.get(process);
      seen.set(process, before?.beat === beat ? before : { beat, sinceMs: nowMs });
    }
    this.#seen = seen;
    return [...seen].filter(([, { sinceMs }]) => nowMs - sinceMs >= this.#leaseMs).map(([process]) => process);
  }
}
