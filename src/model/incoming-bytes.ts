/**
 * Bytes on their way in, read once. Iterating throws when they end before their declared length or their sender is gone. A chunk is its
 * reader's until the next is asked for; then it may be empty. Whoever keeps bytes copies them.
 */
export interface IncomingBytes extends AsyncIterable<Uint8Array> {
  /** The declared length; undefined when the sender gave none. */
  readonly lengthBytes: number | undefined;
}
