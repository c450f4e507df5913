/** Bytes on their way in, read once. Iterating throws when they end before their declared length or their sender is gone. */
export interface IncomingBytes extends AsyncIterable<Uint8Array> {
  /** The declared length; undefined when the sender gave none. */
  readonly lengthBytes: number | undefined;
}
