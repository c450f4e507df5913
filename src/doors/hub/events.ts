import { z } from "zod";
import type { Caller } from "#domain/access/caller.ts";
import type { Core } from "#domain/core.ts";
import { followOperations, type TimelineEvent } from "#domain/operations/follow-operations.ts";
import { newestChange } from "#domain/operations/list-operations.ts";
import { toldIn, viewOf } from "#domain/operations/operation-view.ts";
import { matchesFilter, type OperationFilter, type OperationView } from "#model/operation-filter.ts";
import { type Api, callerOf } from "./api.ts";
import { type EventStream, EventStreams } from "./event-streams.ts";
import { operationFilters, operationOf, readFilter } from "./operations.ts";

const EVENT_STREAM = "text/event-stream; charset=utf-8";
// Browsers ask again after this.
const RETRY_MS = 2000;
// Of each reader that is slow.
const HELD_LINES = 50;

const changeText = z
  .string()
  .max(16)
  .regex(/^\d{0,15}$/, "Not the id of an event");

/** `/events`: the timeline as it goes on. */
export function eventRoutes({ core, routes, stopping }: Api): void {
  const streams = new EventStreams(core, stopping);

  routes.get(
    "/events",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "followOperations",
        summary: "The timeline as it goes on, as server-sent events",
        description: [
          "Each new or changed line is an event `operation`, its data as in `/operations`; its `id` is the `change`. Who comes back with",
          "`Last-Event-ID` or `after` is told every change after it, once and in order. `reset`: those changes are not all kept any more;",
          "read the list anew. Without either it begins now. A stream ends when its caller would not be let in any more, with the hub, and",
          "after an hour; browsers come back by themselves.",
        ].join(" "),
        tags: ["timeline"],
        querystring: z.strictObject({
          ...operationFilters(core),
          after: changeText.optional().describe("The `id` of the last event that was seen; `0` begins with the oldest line"),
        }),
        headers: z.object({ "last-event-id": changeText.optional().describe("As `after`, which it comes before") }),
        response: {
          200: { description: "Events without end", content: { "text/event-stream": { schema: z.string() } } },
        },
      },
    },
    async (request, reply) => {
      const { call } = request;
      const { after, ...query } = request.query;
      const filter = await readFilter(core, query);
      const asked = request.headers["last-event-id"] || after || undefined; // empty: nothing was seen yet
      const change = asked === undefined ? await newestChange(core) : Number(asked);
      const stream = call.owned.use(await streams.open(callerOf(request), call.exchange.signal));
      call.stream = eventsOf(core, stream, { change, filter });
      call.streamEnds = stream.signal;
      // nginx would hold the events back.
      return await reply.type(EVENT_STREAM).header("X-Accel-Buffering", "no").send("");
    },
  );
}

interface Place {
  /** What comes after it is told. */
  readonly change: number;
  readonly filter: OperationFilter;
}

/** The stream as it is sent. It reads on only when what it gave has left: a slow reader holds few lines. */
async function* eventsOf(core: Core, { caller, signal }: EventStream, { change, filter }: Place): AsyncGenerator<Uint8Array> {
  // An id without data is remembered by readers, and nothing happens: also who is cut off before the first event resumes exactly.
  yield encode(`retry: ${RETRY_MS}\nid: ${change}\n\n`);
  const quietMs = core.limits.eventHeartbeatMs;
  let toldAtMs = performance.now();
  let known: Caller | undefined;
  let view: OperationView | undefined;
  for await (const event of followOperations(core, { after: change, filter, quietMs, mostLines: HELD_LINES }, signal)) {
    const now = await caller.now();
    if (now === undefined) return;
    if (now !== known) {
      known = now;
      view = viewOf(now);
    }
    const told = textOf(event, view);
    if (told === undefined && performance.now() - toldAtMs < quietMs) continue;
    yield encode(told ?? ":\n\n");
    toldAtMs = performance.now();
  }
}

/** Undefined when there is nothing to tell. */
function textOf(event: TimelineEvent, view: OperationView | undefined): string | undefined {
  switch (event.kind) {
    case "operation":
      if (!matchesFilter({ view }, event.operation)) return undefined;
      return messageOf("operation", event.operation.change, operationOf(toldIn(view, event.operation)));
    case "reset":
      return messageOf("reset", event.change, { change: event.change });
    case "caught_up":
      // To accounts it would tell how much happens elsewhere.
      return view === undefined ? `id: ${event.change}\n\n` : undefined;
    case "quiet":
      return undefined;
  }
}

/** JSON has no line ends of its own, so it is one line. */
function messageOf(name: string, id: number, data: object): string {
  return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

function encode(text: string): Uint8Array {
  return Buffer.from(text);
}
