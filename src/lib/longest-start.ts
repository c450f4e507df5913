/** As many of the parts, from the first on, as have at most `mostBytes` together in UTF-8; no part is cut. */
export function longestStart(parts: Iterable<string>, mostBytes: number): string {
  let start = "";
  let bytes = 0;
  for (const part of parts) {
    bytes += Buffer.byteLength(part);
    if (bytes > mostBytes) break;
    start += part;
  }
  return start;
}
