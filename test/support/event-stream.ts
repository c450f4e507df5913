import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";

/** One server-sent event, or an id alone. */
export interface SentEvent {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

/** A connection of its own that reads server-sent events. Leaving its scope hangs up. */
export interface EventReader extends AsyncDisposable {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** All that came so far. */
  readonly events: readonly SentEvent[];
  /** Comment lines that came so far. */
  readonly comments: number;
  /** What a browser would send as Last-Event-ID. */
  readonly lastId: string | undefined;
  /** Resolves when it is so. Rejects after 10 s, or when the stream ends before. */
  until(isSo: (events: readonly SentEvent[]) => boolean): Promise<void>;
  /** Resolves when the stream has ended: well, or broken off. */
  readonly ended: Promise<"end" | "broken">;
  /** Stops and goes on taking bytes. */
  pause(): void;
  resume(): void;
}

/** Asks for `path` below `/api/v1` and resolves with the head of the reply. */
export async function readEvents(origin: string, path: string, headers: OutgoingHttpHeaders = {}): Promise<EventReader> {
  const { hostname, port } = new URL(origin);
  const outgoing = request({ host: hostname, port, path: `/api/v1${path}`, headers, agent: false });
  outgoing.end();
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage]; // Node's own event
  outgoing.on("error", () => undefined);
  const events: SentEvent[] = [];
  const waiting = new Set<() => void>();
  let comments = 0;
  let lastId: string | undefined;
  let text = "";
  incoming.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) =>
        block
          .split("\n")
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      if (block.startsWith(":")) comments += 1;
      lastId = field("id") ?? lastId;
      const data = field("data");
      if (field("event") !== undefined || field("id") !== undefined) {
        events.push({
          event: field("event"),
          id: field("id"),
          data: data === undefined ? undefined : (JSON.parse(data) as SentEvent["data"]),
        });
      }
    }
    for (const look of waiting) look();
  });
  const { promise: ended, resolve } = Promise.withResolvers<"end" | "broken">();
  incoming.on("error", () => undefined).once("close", () => resolve(incoming.complete ? "end" : "broken"));
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    events,
    get comments() {
      return comments;
    },
    get lastId() {
      return lastId;
    },
    ended,
    async until(isSo) {
      if (isSo(events)) return;
      const { promise, resolve: done, reject } = Promise.withResolvers<void>();
      const look = () => isSo(events) && done();
      waiting.add(look);
      const timer = setTimeout(() => reject(new Error(`not within 10 s: ${JSON.stringify(events.at(-1))}`)), 10_000);
      void ended.then(() => reject(new Error("the stream has ended")));
      await promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(look);
      });
    },
    pause: () => void incoming.pause(),
    resume: () => void incoming.resume(),
    async [Symbol.asyncDispose]() {
      outgoing.destroy();
      await ended;
    },
  };
}

/** The events of that name. */
export function named(events: readonly SentEvent[], name: string): readonly SentEvent[] {
  return events.filter(({ event }) => event === name);
}

/** The data of the events `operation`, one field of each. */
export function fieldOf(events: readonly SentEvent[], field: string): readonly unknown[] {
  return named(events, "operation").map(({ id, data }) => {
    assert.equal(String(data?.["change"]), id);
    return data?.[field];
  });
}
