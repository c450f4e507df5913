import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface WireClientOptions {
  /** An address of loopback to come from: the hub lets so many connections of each address in. */
  readonly from?: string;
}

/** One connection on which a test sends what it likes, byte for byte. Nobody reads from it but `reply`. Leaving its scope destroys it. */
export interface WireClient extends Disposable {
  readonly socket: Socket;
  /** Resolves to false when the connection is gone. Waits while the other end takes nothing. */
  send(bytes: Uint8Array | string): Promise<boolean>;
  /** Reads the next reply and drops its body; one without a length, to the end of the connection. Resolves to its status; 0 when the connection ends before the reply does. */
  reply(): Promise<number>;
  /** Bytes that have been read off it. */
  readonly receivedBytes: number;
  /** Whether it is open in both directions. */
  readonly open: boolean;
  /** Resolves when it is closed, however that came. */
  readonly closed: Promise<void>;
}

/** Connects to `http://host:port` or `https://host:port`, whose certificate is not looked at. */
export async function openWire(origin: string, { from }: WireClientOptions = {}): Promise<WireClient> {
  const { hostname, port, protocol } = new URL(origin);
  const where = { host: hostname, port: Number(port), ...(from === undefined ? {} : { localAddress: from }) };
  const secure = protocol === "https:";
  const socket = secure ? connectTls({ ...where, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] }) : connect(where);
  await once(socket, secure ? "secureConnect" : "connect");
  return overWire(socket);
}

/** The `index`th of the loopback addresses that connections are spread over, `perAddress` on each. */
export function loopbackAddress(index: number, perAddress: number): string {
  const block = Math.floor(index / perAddress);
  return `127.0.${1 + Math.floor(block / 250)}.${1 + (block % 250)}`;
}

function overWire(socket: Socket): WireClient {
  socket.pause();
  const closed = Promise.withResolvers<void>();
  socket.on("error", () => undefined); // "close" follows
  socket.once("close", () => closed.resolve());
  let receivedBytes = 0;
  let unread: Buffer = Buffer.alloc(0);

  /** The next bytes; undefined when no more will come. */
  const read = async (): Promise<Buffer | undefined> => {
    if (unread.length > 0) {
      const bytes = unread;
      unread = Buffer.alloc(0);
      return bytes;
    }
    for (;;) {
      const bytes = socket.read() as Buffer | null;
      if (bytes !== null) {
        receivedBytes += bytes.length;
        return bytes;
      }
      if (socket.readableEnded || socket.closed || socket.destroyed) return undefined;
      await new Promise<void>((resolve) => {
        const wake = () => {
          for (const event of ["readable", "end", "close"]) socket.removeListener(event, wake);
          resolve();
        };
        for (const event of ["readable", "end", "close"]) socket.on(event, wake);
      });
    }
  };
  const readHead = async (): Promise<string | undefined> => {
    for (let text = ""; ; ) {
      const bytes = await read();
      if (bytes === undefined) return undefined;
      text += bytes.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) continue;
      unread = Buffer.from(text.slice(end + 4), "latin1");
      return text.slice(0, end);
    }
  };
  return {
    socket,
    get receivedBytes() {
      return receivedBytes;
    },
    get open() {
      return !socket.destroyed && socket.readable && socket.writable;
    },
    closed: closed.promise,
    async send(bytes) {
      if (!socket.writable) return false;
      return await new Promise<boolean>((resolve) => {
        void closed.promise.then(() => resolve(false));
        socket.write(bytes, (error) => resolve(error === null || error === undefined));
      });
    },
    async reply() {
      for (;;) {
        const head = await readHead();
        if (head === undefined) return 0;
        const status = Number(head.slice(9, 12));
        if (status === 100) continue;
        const length = /^content-length: (\d+)\r?$/im.exec(head)?.[1];
        let missing = length === undefined ? Number.POSITIVE_INFINITY : Number(length); // or it ends with the connection
        while (missing > 0) {
          const bytes = await read();
          if (bytes === undefined) return length === undefined && socket.readableEnded ? status : 0;
          unread = bytes.subarray(Math.min(missing, bytes.length));
          missing -= Math.min(missing, bytes.length);
        }
        return status;
      }
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Head of a request, with the blank line. */
export function requestHead(method: string, target: string, fields: Readonly<Record<string, string | number>> = {}): string {
  const lines = Object.entries({ Host: "localhost", ...fields }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
