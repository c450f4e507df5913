import { once } from "node:events";
import type { Socket } from "node:net";
import type { Config } from "#config.ts";
import { HubLine } from "#events/hub-line.ts";
import type { Gate } from "#gate/gate-options.ts";
import { openDoors } from "#hub/open-doors.ts";
import { openCore } from "#hub.ts";
import { CalmLog } from "#lib/calm-log.ts";
import { openLog } from "#lib/log.ts";
import type { Order, ProcessNames, Report } from "./messages.ts";
import { lineWire, sendTo } from "./process-wire.ts";
import { BEAT_MS } from "./pulse.ts";

/**
 * Runs this process as a worker of the primary that has started it: serves the connections that it is handed until it is told to end. A
 * worker whose primary has gone ends at once: another hub may have the data folder already. Resolves to the exit code.
 */
export async function runWorker(): Promise<number> {
  process.title = "holdfast worker"; // 15 bytes, as many as Linux keeps of a name
  // A terminal sends them to every process of the hub. The primary decides what they mean.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"] as const) process.on(signal, () => undefined);
  const endAtOnce = () => process.exit(1);
  process.once("disconnect", endAtOnce);
  const report = (message: Report) => sendTo(process, message);
  try {
    const config = await askConfig(report);
    await serve(config, report);
    return 0;
  } catch (error) {
    report({ kind: "failed", problem: error instanceof Error ? error.message : String(error) });
    return 1;
  } finally {
    process.removeListener("disconnect", endAtOnce);
    if (process.connected) process.disconnect?.(); // what was sent before goes through
  }
}

async function askConfig(report: (message: Report) => void): Promise<Config> {
  const first = once(process, "message");
  report({ kind: "hello" });
  const [order] = (await first) as [Order]; // the primary is of the same program
  if (order.kind !== "start") throw new Error(`The primary began with ${order.kind}`);
  return order.config;
}

async function serve(config: Config, report: (message: Report) => void): Promise<void> {
  using log = new CalmLog(openLog({ ...config.log, worker: process.pid }));
  const { workerAnswerMs, workerTellMs, workerSilenceMs } = config.limits;
  const onFault = (error: unknown) => log.error("message from the primary not taken", { error });
  const primary = answerPings(report);
  const wire = lineWire(process, () => primary.silentMs > Math.max(workerSilenceMs, 3 * BEAT_MS));
  const line = new HubLine(wire, { answerMs: workerAnswerMs, tellDelayMs: workerTellMs, onFault });
  line.onLost((facts) => log.warn("the primary was stuck; not all that was done is in the timeline and the metrics", { facts }));
  await using core = await openCore(config, log, { line });
  await core.quotas.start({ alone: false });
  await using doors = await openDoors(core, config, { takesGiven: true });
  const ended = obey(doors, report);
  const names = (): ProcessNames => ({ timeline: core.timeline.process, quotas: core.quotas.process });
  core.quotas.onRenamed(() => report({ kind: "renamed", names: names() }));
  report({ kind: "ready", names: names() });
  await ended;
  await doors.close();
  line.flush();
}

/** Answers the primary whenever it asks whether this worker is there, and tells how long it has not asked. */
function answerPings(report: (message: Report) => void): { readonly silentMs: number } {
  let askedAtMs = performance.now();
  process.on("message", ({ kind }: Order) => {
    if (kind !== "ping") return;
    askedAtMs = performance.now();
    report({ kind: "pong" });
  });
  return {
    get silentMs() {
      return performance.now() - askedAtMs;
    },
  };
}

/** Carries out what the primary says. Resolves when this worker is to end. */
async function obey(doors: Gate, report: (message: Report) => void): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  process.on("message", (order: Order, socket?: unknown) => {
    if (order.kind === "connection") take(doors, order, socket as Socket | undefined, report);
    else if (order.kind === "reloadCertificates") void doors.reloadCertificates();
    else if (order.kind === "retire") void doors.retire().then(end);
    else if (order.kind === "stop") end();
  });
  await ended;
}

function take(
  doors: Gate,
  { id, listener, address, surplus }: Extract<Order, { readonly kind: "connection" }>,
  socket: Socket | undefined,
  report: (message: Report) => void,
): void {
  report({ kind: "taken", id });
  if (socket === undefined || socket.destroyed) {
    report({ kind: "closed", id }); // it broke on the way
    return;
  }
  socket.once("close", () => report({ kind: "closed", id }));
  doors.take({ listener, socket, address, surplus });
}
