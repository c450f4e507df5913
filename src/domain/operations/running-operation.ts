import type { NewOperation, OperationDetails, OperationKind, OperationStatus } from "#model/operation.ts";

/** What can be said of an operation while it goes on. */
export interface OperationReport {
  readonly summary?: string;
  /** Go over those that were reported before. */
  readonly details?: OperationDetails;
  /** When it turns out to be something else than it looked like at first. */
  readonly kind?: OperationKind;
}

/** An operation that has begun. Made by `Timeline.begin`. */
export class RunningOperation {
  readonly #changed: (self: RunningOperation) => void;
  #now: NewOperation;
  #state: "queued" | "sent" | "written" | "lost" = "queued";
  #id = 0;
  #isChanged = false;
  /** On the clock of `performance.now()`. */
  writtenAtMs = 0;

  constructor(operation: NewOperation, changed: (self: RunningOperation) => void) {
    this.#now = operation;
    this.#changed = changed;
  }

  /** Says how far it is; the timeline tells of it about once a second. Returns at once and never throws. */
  report({ summary, details, kind }: OperationReport): void {
    if (this.isFinished) return;
    this.#set({
      ...(summary === undefined ? {} : { summary }),
      ...(kind === undefined ? {} : { kind }),
      ...(details === undefined ? {} : { details: { ...this.#now.details, ...details } }),
    });
  }

  /** Ends it. Returns at once and never throws; what comes after the first time counts for nothing. */
  finish(status: Exclude<OperationStatus, "running">, { endedAtMs, ...report }: OperationReport & { readonly endedAtMs: number }): void {
    if (this.isFinished) return;
    this.report(report);
    this.#set({ status, endedAtMs: Math.max(endedAtMs, this.#now.startedAtMs) });
  }

  get isFinished(): boolean {
    return this.#now.endedAtMs !== undefined;
  }

  /** As it is now. */
  get now(): NewOperation {
    return this.#now;
  }

  // What follows is for the timeline alone.

  get state(): "queued" | "sent" | "written" | "lost" {
    return this.#state;
  }

  get id(): number {
    return this.#id;
  }

  /** Whether it has changed since it was sent. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** As it is written now. */
  send(): NewOperation {
    if (this.#state === "queued") this.#state = "sent";
    this.#isChanged = false;
    return this.#now;
  }

  unsend(): void {
    this.#state = "queued";
  }

  isWrittenAs(id: number): void {
    this.#id = id;
    this.#state = "written";
    this.writtenAtMs = performance.now();
  }

  lose(): void {
    this.#state = "lost";
  }

  #set(changes: Partial<NewOperation>): void {
    this.#now = { ...this.#now, ...changes };
    this.#isChanged = true;
    this.#changed(this);
  }
}
