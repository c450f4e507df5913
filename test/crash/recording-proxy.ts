import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Act, Ledger } from "./ledger.ts";

/** Stands between restic and the hub and notes in the ledger what restic was told. */
export interface RecordingProxy extends AsyncDisposable {
  readonly port: number;
  /** Where requests go from now on; undefined while there is no hub. */
  target: string | undefined;
  /** How many uploads of packs it has seen the beginning of. */
  readonly packs: number;
}

/** Listens on a free loopback port. */
export async function openRecordingProxy(ledger: Ledger): Promise<RecordingProxy> {
  const agent = new Agent({ keepAlive: true });
  const state = { target: undefined as string | undefined, packs: 0 };
  const server = createServer((incoming, reply) => {
    const act = noteRequest(ledger, incoming);
    if (incoming.method === "POST" && incoming.url?.includes("/data/") === true) state.packs += 1;
    pass({ incoming, reply, act, target: state.target, agent });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    get target() {
      return state.target;
    },
    set target(target) {
      state.target = target;
    },
    get packs() {
      return state.packs;
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function noteRequest(ledger: Ledger, { method, url = "", headers }: IncomingMessage): Act | undefined {
  const path = /^\/(?<path>.+\/(?:config|(?:data|index|keys|locks|snapshots)\/[0-9a-f]{64}))$/.exec(url)?.groups?.["path"];
  if (path === undefined || (method !== "POST" && method !== "DELETE")) return undefined;
  const length = headers["content-length"];
  return ledger.begin(method === "POST" ? "post" : "delete", path, { sizeBytes: length === undefined ? undefined : Number(length) });
}

interface Passing {
  readonly incoming: IncomingMessage;
  readonly reply: ServerResponse;
  readonly act: Act | undefined;
  readonly target: string | undefined;
  readonly agent: Agent;
}

function pass({ incoming, reply, act, target, agent }: Passing): void {
  const giveUp = () => {
    act?.lost();
    incoming.destroy();
    reply.destroy();
  };
  if (target === undefined) {
    giveUp();
    return;
  }
  const { hostname, port } = new URL(target);
  const { method, url, headers } = incoming;
  const outgoing = request({ hostname, port, method, path: url, headers: { ...headers, host: `${hostname}:${port}` }, agent });
  outgoing.on("error", giveUp);
  incoming.on("error", () => outgoing.destroy());
  incoming.on("close", () => {
    if (!incoming.complete) outgoing.destroy();
  });
  outgoing.on("response", (answer) => {
    const { statusCode = 502 } = answer;
    answer.on("error", giveUp);
    reply.writeHead(statusCode, answer.headers);
    answer.pipe(reply);
    answer.on("end", () => {
      if (!answer.complete) act?.lost();
      else if (statusCode === 200) act?.acknowledged();
      else if (statusCode < 500) act?.refused();
      else act?.lost();
    });
    answer.on("close", () => {
      if (!answer.complete) reply.destroy();
    });
  });
  incoming.pipe(outgoing);
}
