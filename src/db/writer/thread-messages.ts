import { HubError, type HubErrorCode } from "#model/hub-error.ts";

/** What a thread is started with. */
export interface ThreadStart {
  readonly file: string;
  readonly busyMs: number;
  /** One number a slot, shared between the threads: see `CLAIM`. */
  readonly claims: Int32Array;
}

/**
 * Where a call stands. Both sides change it by compare and exchange, so a call is begun or withdrawn and never both: who is told
 * that a write was withdrawn knows that it did not and will not run.
 */
export const CLAIM = { waiting: 0, begun: 1, withdrawn: 2 } as const;

/** Moves a call on from waiting; false when the other side was faster. */
export function claim(claims: Int32Array, slot: number, to: typeof CLAIM.begun | typeof CLAIM.withdrawn): boolean {
  return Atomics.compareExchange(claims, slot, CLAIM.waiting, to) === CLAIM.waiting;
}

/** One call of a named function. Its slot is its own until the reply. */
export interface Call {
  readonly slot: number;
  readonly name: string;
  readonly input: unknown;
}

/** `close` is the last message: the thread answers what came before, closes its connection and ends. */
export type ToThread = Call | "close";

/** What a thread sends: the replies to calls that ended together. */
export type FromThread = readonly Reply[];

export type Reply =
  | { readonly slot: number; readonly kind: "value"; readonly value: unknown }
  | { readonly slot: number; readonly kind: "error"; readonly error: SentError }
  | { readonly slot: number; readonly kind: "withdrawn" };

/** An error as plain data: cloning would drop the code of a HubError and its class. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: HubErrorCode | undefined;
  readonly sizeBytes: number | undefined;
  readonly cause: SentError | undefined;
}

export function sendError(error: unknown): SentError {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error), stack: undefined, code: undefined, sizeBytes: undefined, cause: undefined };
  }
  const refusal = error instanceof HubError ? error : undefined;
  const cause = error.cause === undefined ? undefined : sendError(error.cause);
  return { name: error.name, message: error.message, stack: error.stack, code: refusal?.code, sizeBytes: refusal?.sizeBytes, cause };
}

/** The error again: a HubError when it was one. */
export function receiveError({ name, message, stack, code, sizeBytes, cause }: SentError): Error {
  const options = cause === undefined ? {} : { cause: receiveError(cause) };
  const error =
    code === undefined
      ? Object.assign(new Error(message, options), { name })
      : new HubError(code, message, sizeBytes === undefined ? options : { ...options, sizeBytes });
  if (stack !== undefined) error.stack = stack;
  return error;
}
