import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { BodyCheck, type ExpectedBody } from "./body-check.ts";
import { type LoadPlan, type LoadResult, Turns } from "./load.ts";

export type { LoadResult } from "./load.ts";

/** Requests over HTTP/1.1, on sockets of their own. */
export interface Load extends LoadPlan {
  /** Whole requests, head and all, in one piece or several. */
  readonly requests: readonly (Buffer | readonly Buffer[])[];
}

const ANSWER_MS = 60_000;

/**
 * Sends requests on so many connections, each the next when the last is answered. The first body of each connection is hashed whole, of
 * the others the first and last bytes are compared. Throws when an answer is not the expected one.
 */
export async function runLoad(load: Load): Promise<LoadResult> {
  const connections = await Promise.all(Array.from({ length: load.connections }, () => openConnection(load)));
  try {
    const turns = new Turns(load.requests.length, load.ms);
    const work = async (connection: Connection) => {
      let first = true;
      for (let turn = turns.take(); turn !== undefined; turn = turns.take()) {
        const sentAtMs = performance.now();
        await connection.ask(load.requests[turn] ?? Buffer.of(), load.bodies?.[turn], first);
        turns.answered(sentAtMs);
        first = false;
      }
    };
    await Promise.all(connections.map(work));
    return turns.result();
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function openConnection({ host, port, ca, expect }: Load): Promise<Connection> {
  const socket = ca === undefined ? connect({ host, port, noDelay: true }) : connectTls({ host, port, ca, ALPNProtocols: ["http/1.1"] });
  socket.setNoDelay(true);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once(ca === undefined ? "connect" : "secureConnect", resolve).once("error", reject);
  await promise;
  return new Connection(socket, expect);
}

/** One connection with at most one request on its way. */
class Connection {
  readonly #socket: Socket;
  readonly #expect: LoadPlan["expect"];
  #head = "";
  #body: BodyCheck | undefined;
  #waiting: { readonly check: BodyCheck; readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  constructor(socket: Socket, expect: LoadPlan["expect"]) {
    this.#socket = socket;
    this.#expect = expect;
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error(`No byte moved for ${ANSWER_MS / 1000} s`)));
    socket.on("data", (piece: Buffer) => this.#read(piece));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("The server has closed the connection")));
  }

  ask(request: Buffer | readonly Buffer[], expected: ExpectedBody | undefined, whole: boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#socket.destroyed) return Promise.reject(new Error("The server has closed the connection"));
    this.#waiting = { check: new BodyCheck(expected, this.#expect.bodyBytes, whole), resolve, reject };
    if (Buffer.isBuffer(request)) this.#socket.write(request);
    else {
      this.#socket.cork();
      for (const part of request as readonly Buffer[]) this.#socket.write(part);
      this.#socket.uncork();
    }
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(piece: Buffer): void {
    try {
      const rest = this.#body === undefined ? this.#readHead(piece) : piece;
      if (this.#body === undefined || rest === undefined) return;
      if (rest.length > 0) this.#body.add(rest);
      if (this.#body.missing > 0) return;
      this.#body.end();
      const waiting = this.#waiting;
      this.#body = undefined;
      this.#waiting = undefined;
      waiting?.resolve();
    } catch (error) {
      this.#fail(error as Error); // nothing else is thrown here
    }
  }

  /** What comes behind the head, as soon as the head is complete. */
  #readHead(piece: Buffer): Buffer | undefined {
    this.#head += piece.toString("latin1");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const head = this.#head.slice(0, end);
    const behind = this.#head.length - end - 4;
    this.#head = "";
    const { status, bodyBytes, contentLength = bodyBytes } = this.#expect;
    if (this.#waiting === undefined) throw new Error(`An answer that nobody has asked for:\n${head}`);
    if (!head.startsWith("HTTP/1.1 ") || Number(head.slice(9, 12)) !== status)
      throw new Error(`A reply of ${head.slice(9, 12)} where ${status} was expected:\n${head}`);
    const said = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (Number(said ?? 0) !== contentLength) throw new Error(`A reply of ${said} bytes where ${contentLength} were expected:\n${head}`);
    this.#body = this.#waiting.check;
    return piece.subarray(piece.length - behind);
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.#socket.destroy();
  }
}
