import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from "node:http2";
import { BodyCheck, type ExpectedBody } from "./body-check.ts";
import { type LoadPlan, type LoadResult, Turns } from "./load.ts";

/** Requests over one connection of HTTP/2, `connections` streams at once: that is how restic speaks it. */
export interface Http2Load extends LoadPlan {
  readonly requests: readonly { readonly headers: OutgoingHttpHeaders; readonly body?: readonly Buffer[] }[];
}

const ANSWER_MS = 60_000;
// What the HTTP/2 client of Go offers: 4 MiB for each stream, and as good as no limit for the connection.
const STREAM_WINDOW = 4 * 1024 * 1024;
const SESSION_WINDOW = 1024 * 1024 * 1024;

// Bodies that wait to be sent count; above the default of 10 MB Node refuses the answers that come meanwhile.
const SESSION_MEMORY_MB = 2048;

/** As `runLoad`, over HTTP/2. The first answers, one for each stream at once, are hashed whole. */
export async function runHttp2Load(load: Http2Load): Promise<LoadResult> {
  const session = await openSession(load);
  try {
    const turns = new Turns(load.requests.length, load.ms);
    const work = async () => {
      let first = true;
      for (let turn = turns.take(); turn !== undefined; turn = turns.take()) {
        const sentAtMs = performance.now();
        await ask(session, load, turn, first);
        turns.answered(sentAtMs);
        first = false;
      }
    };
    await Promise.all(Array.from({ length: load.connections }, work));
    return turns.result();
  } finally {
    session.destroy();
  }
}

async function openSession({ host, port, ca }: Http2Load): Promise<ClientHttp2Session> {
  const session = connect(`https://${host}:${port}`, {
    ca: ca ?? "",
    settings: { initialWindowSize: STREAM_WINDOW },
    maxSessionMemory: SESSION_MEMORY_MB,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  session.once("connect", () => resolve()).on("error", reject);
  session.once("close", () => reject(new Error("The server does not speak HTTP/2")));
  await promise;
  if (session.alpnProtocol !== "h2") {
    session.destroy();
    throw new Error("The server does not speak HTTP/2");
  }
  session.setLocalWindowSize(SESSION_WINDOW);
  return session;
}

function ask(session: ClientHttp2Session, { requests, bodies, expect }: Http2Load, turn: number, whole: boolean): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { headers = {}, body } = requests[turn] ?? {};
  const check = new BodyCheck(bodies?.[turn] as ExpectedBody | undefined, expect.bodyBytes, whole);
  const stream = session.request(headers, { endStream: body === undefined });
  const guarded = (act: () => void) => {
    try {
      act();
    } catch (error) {
      reject(error);
      stream.close(constants.NGHTTP2_CANCEL);
    }
  };
  stream.setTimeout(ANSWER_MS, () => stream.destroy(new Error(`No byte moved for ${ANSWER_MS / 1000} s`)));
  stream.on("error", reject);
  let answered = false;
  stream.on("response", (said) =>
    guarded(() => {
      answered = true;
      const { status, bodyBytes, contentLength = bodyBytes } = expect;
      if (said[":status"] !== status) throw new Error(`A reply of ${said[":status"]} where ${status} was expected`);
      const length = Number(said["content-length"] ?? 0);
      if (length !== contentLength) throw new Error(`A reply of ${length} bytes where ${contentLength} were expected`);
    }),
  );
  stream.on("data", (piece: Buffer) => guarded(() => check.add(piece)));
  stream.on("end", () =>
    guarded(() => {
      if (!answered) throw new Error("The server has ended the stream without an answer");
      check.end();
      resolve();
    }),
  );
  stream.on("close", () => reject(new Error("The server has ended the stream early")));
  for (const part of body ?? []) stream.write(part);
  if (body !== undefined) stream.end();
  return promise;
}
