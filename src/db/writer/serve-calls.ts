import type { MessagePort } from "node:worker_threads";
import type { Call, FromThread, ToThread } from "./thread-messages.ts";

export interface CallServer {
  /** How many calls `runAll` takes at most. The others wait, and can still be withdrawn. */
  readonly atOnce: number;
  /** Runs calls that came together. It answers each of them and never rejects. */
  runAll(calls: readonly Call[]): Promise<FromThread>;
  close(): void;
}

/** Answers the calls that come through `port`, as many at once as it may, until it is told to close. */
export function serveCalls(port: MessagePort, server: CallServer): void {
  const waiting: Call[] = [];
  let running = false;
  let closing = false;

  const runWaiting = async () => {
    while (waiting.length > 0) {
      const calls = waiting.splice(0, server.atOnce);
      port.postMessage(await server.runAll(calls));
      await nextTurn(); // what came in the meantime is taken in
    }
    running = false;
    if (closing) {
      server.close();
      port.close();
    }
  };

  port.on("message", (message: ToThread) => {
    if (message === "close") closing = true;
    else waiting.push(message);
    if (running) return;
    running = true;
    // Not at once: the calls of one turn of the main thread's loop arrive together and shall share a transaction.
    setImmediate(() => void runWaiting());
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
