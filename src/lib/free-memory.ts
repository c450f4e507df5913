/**
 * Frees the memory of a buffer that nobody reads or writes any more, at once: it is empty from now on. One that shares its memory with
 * others is left alone.
 *
 * Left to the collector, 32 MiB of such buffers make it look through the whole heap, which cost more than all the rest of an upload
 * (docs/decisions/024).
 */
export function freeMemory({ buffer, length }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0);
}
