import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/**
 * The bytes of a regular file of at most `mostBytes`. Never waits: a pipe in its place, which would hold up the process until somebody
 * writes to it, is refused like every other thing that is no file. Throws the system's error, or a sentence.
 */
export function readSmallFile(path: string, mostBytes: number): Buffer {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() && !stats.isCharacterDevice()) throw new Error("it is no regular file"); // /dev/null is a way to say "none"
    const buffer = Buffer.alloc(mostBytes + 1);
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      length += read;
      if (read === 0) break;
    }
    if (length > mostBytes) throw new Error(`it has more than ${mostBytes} bytes`);
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}
