import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Door } from "#http/exchange.ts";
import { openLog } from "#lib/log.ts";
import { DEFAULT_LIMITS, type Limits } from "#limits.ts";
import type { LoggedRequests } from "./access-log.ts";
import { openGate } from "./gate.ts";
import type { Gate, ListenerOptions, ProxyOptions } from "./gate-options.ts";

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A gate for a test: one listener called `restic`, on a free port of loopback, whose log is kept. */
export interface TestGate extends AsyncDisposable {
  readonly gate: Gate;
  readonly url: string;
  readonly port: number;
  /** Lines of the log so far, with this message. */
  logged(message: string): LogLine[];
  /** Resolves to the lines with this message once there are as many; throws after 5 s. */
  waitForLog(message: string, count: number): Promise<LogLine[]>;
}

export interface TestGateOptions extends Partial<Pick<ListenerOptions, "address" | "tls" | "publicUrls" | "mounts" | "rawTargets">> {
  readonly limits?: Partial<Limits>;
  readonly proxy?: ProxyOptions;
  readonly logRequests?: LoggedRequests;
}

/** Opens it; `door` stands at the root. */
export async function openTestGate(door: Door, options: TestGateOptions = {}): Promise<TestGate> {
  const lines: LogLine[] = [];
  const log = openLog({ level: "debug", format: "json" }, (line) => lines.push(JSON.parse(line)));
  const listener: ListenerOptions = {
    name: "restic",
    address: options.address ?? { kind: "tcp", host: "127.0.0.1", port: 0 },
    tls: options.tls,
    publicUrls: options.publicUrls ?? [],
    mounts: options.mounts ?? [{ prefix: "", door }],
    rawTargets: options.rawTargets,
  };
  const limits = { ...DEFAULT_LIMITS, shutdownMs: 3000, ...options.limits };
  const proxy = options.proxy ?? { peers: [], userHeader: undefined };
  const { logRequests = "all" } = options;
  const gate = await openGate({ listeners: [listener], limits, proxy, log, logRequests, clock: Date.now });
  const url = gate.addresses["restic"] ?? "";
  const logged = (message: string) => lines.filter((line) => line["message"] === message);
  return {
    gate,
    url,
    port: url.startsWith("unix:") ? 0 : Number(new URL(url).port),
    logged,
    async waitForLog(message, count) {
      for (let tries = 0; logged(message).length < count; tries += 1) {
        if (tries === 500) throw new Error(`no ${count} lines "${message}" in the log: ${JSON.stringify(lines)}`);
        await sleep(10);
      }
      return logged(message);
    },
    [Symbol.asyncDispose]: () => gate.close(),
  };
}

/** What a door answers to whatever it is asked: `sum` of the body's bytes. */
export const countingDoor: Door = async (exchange) => {
  let bytes = 0;
  for await (const chunk of exchange.body) bytes += chunk.length;
  await exchange.reply(200, `${bytes}`);
};

/**
 * Sends `text`, byte for byte, and with `halfClose` the end behind it, and resolves to everything that comes until the server closes;
 * `reset` when it broke the connection.
 */
export async function talk(
  port: number,
  text: string | Buffer,
  { halfClose = false }: { readonly halfClose?: boolean } = {},
): Promise<{ readonly text: string; readonly reset: boolean }> {
  using socket = await dial(port);
  socket.write(typeof text === "string" ? Buffer.from(text, "latin1") : text);
  if (halfClose) socket.end();
  return await readToEnd(socket);
}

/** A connected socket, destroyed with its scope. */
export async function dial(port: number): Promise<Socket & Disposable> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  return Object.assign(socket, {
    [Symbol.dispose]() {
      socket.destroy();
    },
  });
}

/** Everything that still comes on the socket, for at most 15 s. */
export async function readToEnd(socket: Socket): Promise<{ readonly text: string; readonly reset: boolean }> {
  const chunks: Buffer[] = [];
  let reset = false;
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {
    reset = true;
  });
  socket.resume();
  const closed = Promise.withResolvers<void>();
  socket.once("close", () => closed.resolve());
  const timer = setTimeout(() => closed.reject(new Error("the connection is still open")), 15_000);
  if (!socket.closed) await closed.promise;
  clearTimeout(timer);
  return { text: Buffer.concat(chunks).toString("latin1"), reset };
}
