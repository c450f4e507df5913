import type { Caller } from "#domain/access/caller.ts";
import { LiveCaller } from "#domain/access/live-caller.ts";
import type { Core } from "#domain/core.ts";
import { HubError } from "#model/hub-error.ts";

/** How soon readers whose credentials were taken away are cut off. */
const LOOK_MS = 500;

/** One reader for as long as it is followed. */
export interface EventStream extends Disposable {
  /** Who it is, and what it may see, now. */
  readonly caller: LiveCaller;
  /** Aborts when it is to end: the client has gone, may not see this any more or has been here for long, or the hub stops. */
  readonly signal: AbortSignal;
}

/** Bounds the streams of events, and ends those of callers who would not be let in any more. */
export class EventStreams {
  readonly #core: Core;
  readonly #stopping: AbortSignal;
  readonly #open = new Map<LiveCaller, AbortController>();
  readonly #ofCaller = new Map<string, number>();
  #all = 0;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  /** `stopping`: the hub stops. */
  constructor(core: Core, stopping: AbortSignal) {
    this.#core = core;
    this.#stopping = stopping;
  }

  /** Takes a reader until it is disposed; `gone` is its client's. Throws `overloaded`. */
  async open(caller: Caller, gone: AbortSignal): Promise<EventStream> {
    using owned = new DisposableStack();
    owned.use(this.#enter(caller));
    const live = await LiveCaller.open(this.#core, caller);
    const end = new AbortController();
    const close = () => end.abort();
    for (const signal of [gone, this.#stopping]) {
      if (signal.aborted) close();
      signal.addEventListener("abort", close);
      owned.defer(() => signal.removeEventListener("abort", close));
    }
    const timer = setTimeout(close, this.#core.limits.eventStreamMs).unref();
    owned.defer(() => clearTimeout(timer));
    this.#open.set(live, end);
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS).unref();
    owned.defer(() => {
      close();
      this.#open.delete(live);
      if (this.#open.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    const kept = owned.move();
    return { caller: live, signal: end.signal, [Symbol.dispose]: () => kept.dispose() };
  }

  #enter({ kind, visitor, token }: Caller): Disposable {
    const { eventStreams, eventStreamsPerCaller } = this.#core.limits;
    const key = `${kind} ${visitor?.accountId ?? token?.id ?? ""}`;
    const count = this.#ofCaller.get(key) ?? 0;
    if (count >= eventStreamsPerCaller) throw new HubError("overloaded", "Too many streams of events for this caller");
    if (this.#all >= eventStreams) throw new HubError("overloaded", "Too many streams of events");
    this.#all += 1;
    this.#ofCaller.set(key, count + 1);
    return {
      [Symbol.dispose]: () => {
        this.#all -= 1;
        const left = (this.#ofCaller.get(key) ?? 1) - 1;
        if (left === 0) this.#ofCaller.delete(key);
        else this.#ofCaller.set(key, left);
      },
    };
  }

  /** Also for readers to whom nothing is being told: a slow one would else keep its place. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    for (const [caller, end] of [...this.#open]) {
      // Who cannot be looked up is asked to come again.
      const found = await caller.now().catch(() => undefined);
      if (found === undefined) end.abort();
    }
    this.#isLooking = false;
  }
}
