import { join } from "node:path";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { loadConfig } from "#config.ts";
import { addAccount } from "#domain/access/add-account.ts";
import { serveWorker } from "#domain/workers/serve-worker.ts";
import { HubLine, type MessageWire } from "#events/hub-line.ts";
import { type CoreOptions, type OpenCore, openCore } from "#hub.ts";
import { openLog } from "#lib/log.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Operation } from "#model/operation.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import { tempFolder } from "./temp-folder.ts";

/** A worker's core in this process, over the same data as its primary's. */
export interface SetWorker {
  readonly core: OpenCore;
  /** Its end of the line to its primary. */
  readonly line: HubLine;
  /** Cuts its line, as its end would; what it has not sent is lost. */
  die(): void;
  /** Has the line take the primary for stuck, or not any more. */
  stick(isStuck: boolean): void;
  /** Has it take nothing and send nothing, as a process that is stopped, or do now what it would have done meanwhile. */
  hang(isHung: boolean): void;
}

/** The cores of a primary and its workers, and the account `laptop`. */
export interface WorkerSet extends AsyncDisposable {
  readonly primary: OpenCore;
  readonly workers: readonly SetWorker[];
  readonly right: { readonly login: string; readonly secret: string; readonly address: PeerAddress };
  readonly faults: readonly unknown[];
  /** All lines of the timeline, the oldest first, when everything is written. */
  operations(): Promise<readonly Operation[]>;
}

export interface WorkerSetOptions extends Pick<CoreOptions, "clock" | "storage"> {
  readonly workers?: number;
  readonly flags?: Readonly<Record<string, string>>;
  readonly answerMs?: number;
}

/** Opens them over a temp folder, or the database that `flags` name. */
export async function openWorkerSet(options: WorkerSetOptions = {}): Promise<WorkerSet> {
  const { workers: count = 2, flags = {}, answerMs = 20_000, ...given } = options;
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder()).path;
  const config = loadConfig({ flags: { data: join(folder, "data"), ...flags }, environment: {}, workingDirectory: folder });
  const log = openLog({ level: "error", format: "json" }, (line) => void process.stderr.write(line));
  const primary = stack.use(await openCore(config, log, given));
  const faults: unknown[] = [];
  const lineOptions = { answerMs, tellDelayMs: 20, onFault: (error: unknown) => void faults.push(error) };
  const workers: SetWorker[] = [];
  for (let number = 0; number < count; number += 1) {
    const { port1, port2 } = new MessageChannel();
    stack.defer(() => port1.close());
    void serveWorker(primary, new HubLine(wireOf(port1), lineOptions));
    let isStuck = false;
    const { hang, ...wire } = hangingWire(wireOf(port2));
    const line = new HubLine({ ...wire, isStuck: () => isStuck }, lineOptions);
    const stick = (is: boolean) => {
      isStuck = is;
    };
    const core = stack.use(await openCore(config, log, { ...given, line }));
    stack.defer(() => hang(false)); // it waits for its primary when it ends
    workers.push({ core, line, die: () => port2.close(), stick, hang });
  }
  const { login, secret } = await addAccount(primary, OPERATOR, { name: "laptop", appendOnly: false });
  const owned = stack.move();
  return {
    primary,
    workers,
    right: { login, secret, address: "192.0.2.1" },
    faults,
    async operations() {
      for (const { core } of [{ core: primary }, ...workers]) await core.timeline.flush();
      return (await primary.database.list("listOperations", { filter: {}, limit: 1000 })).operations.toReversed();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function wireOf(port: MessagePort): MessageWire {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (take) => port.on("message", take),
    onEnd: (ended) => port.on("close", ended),
  };
}

function hangingWire(wire: MessageWire): MessageWire & { hang(isHung: boolean): void } {
  let isHung = false;
  const late: (() => void)[] = [];
  const run = (step: () => void) => void (isHung ? late.push(step) : step());
  return {
    ...wire,
    send: (message) => run(() => wire.send(message)),
    onMessage: (take) => wire.onMessage((message) => run(() => take(message))),
    hang(is) {
      isHung = is;
      if (!is) for (const step of late.splice(0)) step();
    },
  };
}
