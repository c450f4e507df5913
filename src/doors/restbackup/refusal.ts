import type { RawHeaders } from "#http/raw-headers.ts";

/** A request that is refused, as its client reads it. */
export interface Refusal {
  readonly status: number;
  /** What is wrong and what to do, as one or two plain sentences. What it quotes from outside may not steer a terminal. */
  readonly sentence: string;
  /** More lines for the text of the answer. */
  readonly details?: readonly string[];
  readonly headers?: RawHeaders;
  /** The same for programs, where a protocol wants it: a problem document (RFC 9457), sent instead of the text. */
  readonly problem?: Readonly<Record<string, string | number>>;
}

/** A 400: the request itself is wrong. */
export function invalid(sentence: string): Refusal {
  return { status: 400, sentence };
}
