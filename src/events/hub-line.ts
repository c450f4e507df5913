import { HubError, type HubErrorCode } from "#model/hub-error.ts";

/** What carries messages between two processes of one hub, in order: an IPC channel, a message port. Takes plain data. */
export interface MessageWire {
  send(message: unknown): void;
  onMessage(take: (message: unknown) => void): void;
  /** `ended` is called once, when no more will come and none can be sent. */
  onEnd(ended: () => void): void;
  /** Whether the other end has not been heard of for so long that what is sent piles up here. Never unless said. */
  isStuck?(): boolean;
}

export interface HubLineOptions {
  /** An answer that has not come after this long never will. */
  readonly answerMs: number;
  /** What is told is sent together at most this long after it was said. */
  readonly tellDelayMs: number;
  /** Called with what a taker threw: it has nobody else to tell. */
  readonly onFault: (error: unknown) => void;
}

/** So much is sent without waiting for the delay. */
const TOLD_AT_ONCE = 256;
/** So much is kept for an end that is stuck; what is told beyond that is lost, and counted. */
const KEPT = 10_000;

type Message =
  | { readonly kind: "told"; readonly told: readonly (readonly [topic: string, message: unknown])[] }
  | { readonly kind: "asked"; readonly number: number; readonly topic: string; readonly question: unknown }
  | { readonly kind: "answered"; readonly number: number; readonly answer: unknown }
  | { readonly kind: "refused"; readonly number: number; readonly code: HubErrorCode; readonly problem: string };

/**
 * One end of the line between the primary and a worker; both ends are alike. What is told arrives in order, in batches, and nobody waits
 * for it; what is asked behind it arrives after it. What is told to an end that has gone is lost, like all that its process knew. One that is
 * stuck is asked nothing, and told later what it was to be told first.
 */
export class HubLine {
  readonly #wire: MessageWire;
  readonly #options: HubLineOptions;
  readonly #takers = new Map<string, (message: never) => void>();
  readonly #answerers = new Map<string, (question: never) => unknown>();
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #told: (readonly [string, unknown])[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #ended = Promise.withResolvers<void>();
  #asked = 0;
  #lost = 0;
  readonly #onLost: ((count: number) => void)[] = [];
  #isOver = false;

  constructor(wire: MessageWire, options: HubLineOptions) {
    this.#wire = wire;
    this.#options = options;
    wire.onMessage((message) => this.#take(message as Message)); // the other end is this class
    wire.onEnd(() => this.#end());
  }

  /** Whether the other end has gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when the other end has gone: nothing that it told comes after that. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Hands a fact over, without waiting. */
  tell(topic: string, message: unknown): void {
    if (this.#isOver) return;
    if (this.#told.length >= KEPT) {
      this.#lost += 1; // the newest, so that what a later fact builds on has been told
      return;
    }
    this.#told.push([topic, message]);
    if (this.#told.length === TOLD_AT_ONCE) this.flush();
    this.#flushSoon();
  }

  /** Sends what was told so far; an end that is stuck gets it when it is not any more. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#told.length === 0) return;
    if (this.#isStuck) {
      this.#flushSoon();
      return;
    }
    const told = this.#told;
    this.#told = [];
    this.#send({ kind: "told", told });
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) for (const take of this.#onLost) take(lost);
  }

  /** `take` is called with the number of facts that were lost while the other end was stuck, before it is told another. */
  onLost(take: (count: number) => void): void {
    this.#onLost.push(take);
  }

  /** What the other end makes of the question. Throws the refusal that it throws; `unavailable` when it cannot say, or not in time. */
  async ask(topic: string, question?: unknown): Promise<unknown> {
    if (this.#isOver) throw gone();
    if (this.#isStuck) throw new HubError("unavailable", "Another process of this hub does not answer");
    this.flush();
    this.#asked += 1;
    const number = this.#asked;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(number, answer);
    const timer = setTimeout(
      () => answer.reject(new HubError("unavailable", "Another process of this hub does not answer")),
      this.#options.answerMs,
    );
    try {
      this.#send({ kind: "asked", number, topic, question });
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(number);
    }
  }

  /** Takes what the other end tells of `topic`, one taker for each. */
  onTold<Told>(topic: string, take: (message: Told) => void): void {
    this.#takers.set(topic, take);
  }

  /** Answers what the other end asks about `topic`. */
  onAsked<Question>(topic: string, answer: (question: Question) => unknown): void {
    this.#answerers.set(topic, answer);
  }

  #take(message: Message): void {
    if (message.kind === "told") for (const [topic, told] of message.told) this.#takeTold(topic, told);
    else if (message.kind === "asked") void this.#answer(message);
    else if (message.kind === "answered") this.#waiting.get(message.number)?.resolve(message.answer);
    else this.#waiting.get(message.number)?.reject(new HubError(message.code, message.problem));
  }

  #takeTold(topic: string, told: unknown): void {
    try {
      this.#takers.get(topic)?.(told as never); // whoever took the topic knows its shape
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  async #answer({ number, topic, question }: Extract<Message, { kind: "asked" }>): Promise<void> {
    try {
      const answer = this.#answerers.get(topic);
      if (answer === undefined) throw new Error(`Nobody here answers about ${topic}`);
      this.#send({ kind: "answered", number, answer: await answer(question as never) });
    } catch (error) {
      // A refusal is an answer. Anything else is a fault of this end, and its sentence is not for the other one's clients.
      if (error instanceof HubError) return this.#send({ kind: "refused", number, code: error.code, problem: error.message });
      this.#options.onFault(error);
      this.#send({ kind: "refused", number, code: "unavailable", problem: "Another process of this hub cannot answer; try again soon" });
    }
  }

  get #isStuck(): boolean {
    return this.#wire.isStuck?.() ?? false;
  }

  #flushSoon(): void {
    if (this.#told.length > 0) this.#timer ??= setTimeout(() => this.flush(), this.#options.tellDelayMs);
  }

  #send(message: Message): void {
    if (!this.#isOver) this.#wire.send(message);
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#told = [];
    for (const { reject } of this.#waiting.values()) reject(gone());
    this.#ended.resolve();
  }
}

function gone(): HubError {
  return new HubError("unavailable", "The other process of this hub has ended");
}
