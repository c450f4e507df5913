import { once } from "node:events";
import { connect } from "node:tls";

/** Types, flags and settings of frames (RFC 9113 section 6). */
export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, continuation: 9 } as const;
export const FLAG = { none: 0, endStream: 1, endHeaders: 4 } as const;
export const SETTING = { initialWindow: 4 } as const;

/** A connection on which a test speaks HTTP/2 frame by frame. What comes is read and counted by type, unless it is told not to read. */
export interface FrameClient extends Disposable {
  /** Resolves to false when the connection is gone. Waits while the other end takes nothing, at most so long; then to false, too. */
  send(bytes: Buffer, mostMs?: number): Promise<boolean>;
  /** Frames of a type that have come. */
  received(type: number): number;
  /** Reads nothing any more. */
  stopReading(): void;
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
}

/** Connects, and sends the preface with `settings` (pairs of number and value) unless `preface` is false. */
export async function openFrames(
  origin: string,
  { settings = [], preface = true, from }: { settings?: readonly (readonly [number, number])[]; preface?: boolean; from?: string } = {},
): Promise<FrameClient> {
  const { hostname, port } = new URL(origin);
  const local = from === undefined ? {} : { localAddress: from };
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ["h2"], ...local });
  await once(socket, "secureConnect");
  socket.on("error", () => undefined); // "close" follows
  const closed = Promise.withResolvers<void>();
  let isClosed = false;
  const end = () => {
    isClosed = true;
    socket.destroy();
    closed.resolve();
  };
  socket.once("close", end);
  socket.once("end", end);

  const counts = new Map<number, number>();
  let unread: Buffer = Buffer.alloc(0);
  socket.on("data", (bytes: Buffer) => {
    unread = Buffer.concat([unread, bytes]);
    while (unread.length >= 9 && unread.length >= 9 + unread.readUIntBE(0, 3)) {
      const type = unread.readUInt8(3);
      counts.set(type, (counts.get(type) ?? 0) + 1);
      unread = unread.subarray(9 + unread.readUIntBE(0, 3));
    }
  });
  const send = async (bytes: Buffer, mostMs = 30_000) => {
    if (isClosed) return false;
    const sent = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => sent.resolve(false), mostMs);
    void closed.promise.then(() => sent.resolve(false));
    socket.write(bytes, (error) => sent.resolve(error === null || error === undefined));
    const isSent = await sent.promise;
    clearTimeout(timer);
    return isSent;
  };
  if (preface) {
    const payload = Buffer.alloc(settings.length * 6);
    for (const [index, [number, value]] of settings.entries()) {
      payload.writeUInt16BE(number, index * 6);
      payload.writeUInt32BE(value, index * 6 + 2);
    }
    await send(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(FRAME.settings, FLAG.none, 0, payload)]));
  }
  return {
    send,
    received: (type) => counts.get(type) ?? 0,
    stopReading: () => void socket.pause(),
    closed: closed.promise,
    get isClosed() {
      return isClosed;
    },
    [Symbol.dispose]: end,
  };
}

/** One frame. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.of()): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A block of header fields, each as it stands, in no table (RFC 7541 section 6.2.2). */
export function headerBlock(fields: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(fields).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

/** The frame that begins a request. */
export function requestFrame(stream: number, fields: Readonly<Record<string, string>>, flags: number = FLAG.endHeaders): Buffer {
  return frame(FRAME.headers, flags, stream, headerBlock({ ":scheme": "https", ":authority": "localhost", ...fields }));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length: number[] = [127];
  let left = bytes.length - 127;
  for (; left >= 128; left = Math.floor(left / 128)) length.push((left % 128) + 128);
  return Buffer.concat([Buffer.of(...length, left), bytes]);
}
