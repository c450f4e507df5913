import { randomBytes } from "node:crypto";
import { ConnectionBound } from "./connection-bound.ts";
import type { Gate, GateOptions } from "./gate-options.ts";
import { type Listener, type ListenerContext, openListener } from "./listener.ts";
import { Proxies } from "./proxies.ts";

/** Opens every listener. Throws a sentence for people when one of them cannot be opened; then none is. */
export async function openGate(options: GateOptions): Promise<Gate> {
  const { listeners, limits, proxy, log, logRequests = "all", clock, takesGiven = false } = options;
  const context: ListenerContext = {
    limits,
    log,
    logRequests,
    clock,
    proxies: new Proxies(proxy),
    bound: new ConnectionBound(limits.connectionsPerAddress),
    nextId: requestIds(),
  };
  await using stack = new AsyncDisposableStack();
  const addresses: Record<string, string> = {};
  const open: Listener[] = [];
  const byName = new Map<string, Listener>();
  for (const options of listeners) {
    const listener = await openListener(options, context, { takesGiven });
    if (listener === undefined) continue;
    open.push(stack.use(listener));
    byName.set(options.name, listener);
    if (listener.address !== undefined) addresses[options.name] = listener.address;
  }

  stack.move(); // from here on close() ends them, all at the same time
  const close = async () => {
    await Promise.all(open.map((listener) => listener.close()));
  };
  return {
    addresses,
    async reloadCertificates() {
      await Promise.all(open.map((listener) => listener.reloadCertificate()));
    },
    take(given) {
      const found = byName.get(given.listener);
      if (found === undefined) given.socket.destroy();
      else found.take(given);
    },
    async retire() {
      await Promise.all(open.map((listener) => listener.retire()));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Ids that no other process and no other run makes, and that tell which of two requests came first. */
function requestIds(): () => string {
  const run = randomBytes(5).toString("hex");
  let count = 0;
  return () => {
    count += 1;
    return `${run}-${count.toString(36)}`;
  };
}
