interface Run<Result> {
  readonly current: Promise<Result>;
  next: Promise<Result> | undefined;
}

/**
 * One run of the same work for many who ask at once. Each gets the result of a run that began after it had asked, so nobody is handed what
 * was already old; for each key at most one run is under way and one waits for its end.
 */
export class FreshRuns<Result> {
  readonly #runs = new Map<string, Run<Result>>();

  /** The result of `work`, or of that of another who asks for the same key. */
  run(key: string, work: () => Promise<Result>): Promise<Result> {
    const run = this.#runs.get(key);
    if (run === undefined) return this.#start(key, work);
    run.next ??= run.current.then(
      () => this.#start(key, work),
      () => this.#start(key, work),
    );
    return run.next;
  }

  #start(key: string, work: () => Promise<Result>): Promise<Result> {
    const run: Run<Result> = { current: work(), next: undefined };
    this.#runs.set(key, run);
    const end = () => {
      if (run.next === undefined) this.#runs.delete(key); // else the next run takes its place
    };
    run.current.then(end, end);
    return run.current;
  }
}
