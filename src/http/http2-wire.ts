import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { RawHeaders } from "./raw-headers.ts";
import type { ReplyHead, Wire, WireLimits } from "./wire.ts";

// A piece for which one progress timeout must do: at 90 s that is a reader of 0.7 KiB/s.
const PIECE_BYTES = 64 * 1024;

/** One stream of an HTTP/2 connection. */
export class Http2Wire implements Wire {
  readonly protocol = "HTTP/2";
  readonly incoming: ServerHttp2Stream;
  readonly declaredBytes: number | undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #limits: WireLimits;
  #ended = false;
  #wake: ((sent: boolean) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #done = false;

  constructor(stream: ServerHttp2Stream, contentLength: string | undefined, limits: WireLimits) {
    this.incoming = stream;
    this.#stream = stream;
    this.#limits = limits;
    this.declaredBytes = stream.endAfterHeaders ? 0 : contentLength === undefined ? undefined : Number(contentLength);
    stream.once("end", () => {
      // A stream that is reset also ends; only an end that came on its own is one.
      this.#ended = !stream.aborted && stream.rstCode === constants.NGHTTP2_NO_ERROR;
    });
    // Each of these errors is followed by a "close", which is what counts.
    stream.on("error", ignore);
  }

  get arrived(): boolean {
    return this.#ended;
  }

  get gone(): boolean {
    return this.#done || this.#stream.destroyed || this.#stream.closed;
  }

  sendContinue(): void {
    if (!this.gone) this.#stream.additionalHeaders({ ":status": 100 });
  }

  sendHead({ status, headers, delimited }: ReplyHead): void {
    // Node marks the end of a stream also when that is reset while it is being sent, unless it waits for trailers: a client that
    // knows no length would take the part for the whole.
    if (!delimited) {
      this.#stream.on("wantTrailers", () => {
        // Node marks them as sent itself when the client closes the stream meanwhile, asks all the same, and throws for a second time.
        if (this.#stream.sentTrailers !== undefined || this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
        this.#stream.sendTrailers({});
      });
    }
    this.#stream.respond(fieldsOf(headers, status), { waitForTrailers: !delimited });
  }

  async write(bytes: Uint8Array): Promise<boolean> {
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      if (!(await this.#writePiece(bytes.subarray(start, start + PIECE_BYTES)))) return false;
    }
    return true;
  }

  end(bytes?: Uint8Array): void {
    if (bytes === undefined || bytes.length === 0) {
      this.#stream.end();
      this.#startTimer();
    } else if (bytes.length <= PIECE_BYTES) {
      this.#stream.end(bytes);
      this.#startTimer();
    } else {
      void this.write(bytes).then((sent) => sent && this.end());
    }
  }

  giveUpBody(discarded: Promise<void>): void {
    this.awaitBody(discarded, this.#limits.drainTimeoutMs);
  }

  awaitBody(discarded: Promise<void>, timeoutMs: number): void {
    const close = () => {
      if (!this.#stream.destroyed) this.#stream.close(constants.NGHTTP2_NO_ERROR);
    };
    this.#stream.once("finish", () => {
      const timer = setTimeout(close, timeoutMs);
      this.#stream.once("close", () => clearTimeout(timer));
      void discarded.then(close);
    });
  }

  breakOff(): void {
    if (!this.#stream.destroyed) this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  onDone(done: (complete: boolean) => void): void {
    const settle = (complete: boolean) => {
      if (this.#done) return;
      this.#done = true;
      clearTimeout(this.#timer);
      this.#wake?.(false);
      done(complete);
    };
    const isWhole = () => this.#stream.writableFinished && this.#stream.rstCode === constants.NGHTTP2_NO_ERROR && !this.#stream.aborted;
    this.#stream.once("finish", () => settle(isWhole()));
    // A reply to HEAD ends without a "finish": Node ends the stream with the headers.
    this.#stream.once("close", () => settle(isWhole()));
  }

  async #writePiece(piece: Uint8Array): Promise<boolean> {
    if (this.gone) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#wake = resolve;
    this.#stream.write(piece, (error) => resolve(error === null || error === undefined));
    this.#startTimer();
    const sent = await promise;
    this.#wake = undefined;
    clearTimeout(this.#timer);
    return sent && !this.gone;
  }

  #startTimer(): void {
    if (this.#done) return; // nobody would clear it
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.breakOff(), this.#limits.progressTimeoutMs);
  }
}

function fieldsOf(headers: RawHeaders, status: number): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = { ":status": status };
  for (let index = 0; index < headers.length; index += 2) fields[String(headers[index])] = headers[index + 1];
  return fields;
}

function ignore(): void {}
