import { writeSync } from "node:fs";

const BATCH_CHARACTERS = 8192;
const LONGEST_WAIT_MS = 100;
/** What is kept for a reader that takes nothing just now; what comes above it is dropped. */
const MOST_BYTES = 4 * 1024 * 1024;
const EXIT_TRIES = 50;
const EXIT_PAUSE_MS = 10;
/** A write of no more than this goes into a pipe whole or not at all (PIPE_BUF): the workers of a hub share one. */
const WHOLE_BYTES = 4096;
const LINE_FEED = 10;

/**
 * Writes lines to a descriptor in batches, which costs a fraction of a write for each: within 0.1 s, and what is left when the
 * process exits. Never throws and never holds the process up: lines that nobody takes are dropped, and once there is room again a line says
 * how many.
 */
export class LineOutput {
  readonly #descriptor: number;
  readonly #sayDropped: (lines: number) => string;
  #text = "";
  #bytes: Buffer = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;
  #broken = false;

  /** `sayDropped` makes the line, with its line feed, that tells of so many dropped ones. */
  constructor(descriptor: number, sayDropped: (lines: number) => string) {
    this.#descriptor = descriptor;
    this.#sayDropped = sayDropped;
    process.once("exit", () => this.#writeLast());
  }

  /** Takes a line with its line feed. */
  write(line: string): void {
    if (this.#broken) return;
    if (this.#text.length + this.#bytes.length > MOST_BYTES) {
      this.#dropped += 1;
      return;
    }
    this.#tellDropped();
    this.#text += line;
    // While the reader does not follow, the timer alone tries: not every line again.
    if (this.#text.length >= BATCH_CHARACTERS && this.#bytes.length === 0) this.#flush();
    else this.#later();
  }

  #later(): void {
    this.#timer ??= setTimeout(() => this.#flush(), LONGEST_WAIT_MS).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#tryWrite()) this.#later();
  }

  /** Whether there is nothing left to write. */
  #tryWrite(): boolean {
    this.#bytes = Buffer.concat([this.#bytes, Buffer.from(this.#text)]);
    this.#text = "";
    try {
      while (this.#bytes.length > 0) this.#bytes = this.#bytes.subarray(writeSync(this.#descriptor, wholeLines(this.#bytes)));
    } catch (error) {
      // A full pipe, or a full disk: both may have room again. System errors have a code.
      if (["EAGAIN", "ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
      this.#broken = true; // its reader has gone: there is nobody left to tell
      this.#bytes = Buffer.alloc(0);
      return true;
    }
    if (this.#dropped === 0) return true;
    this.#tellDropped();
    return this.#tryWrite();
  }

  /** Where they are missing: before the first line that has room again. */
  #tellDropped(): void {
    if (this.#dropped > 0) this.#text += this.#sayDropped(this.#dropped);
    this.#dropped = 0;
  }

  /** A reader that is only slow gets half a second for the last lines. */
  #writeLast(): void {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let tries = 0; tries < EXIT_TRIES && !this.#tryWrite(); tries += 1) Atomics.wait(pause, 0, 0, EXIT_PAUSE_MS);
  }
}

/** As many lines of those at the beginning as get through between the lines of others; at least one. */
function wholeLines(bytes: Buffer): Buffer {
  if (bytes.length <= WHOLE_BYTES) return bytes;
  const end = bytes.lastIndexOf(LINE_FEED, WHOLE_BYTES - 1);
  return bytes.subarray(0, end < 0 ? bytes.indexOf(LINE_FEED) + 1 : end + 1);
}
