import { connect, createServer } from "node:net";
import { flagOf } from "#config/config-keys.ts";
import type { ListenerConfig, ListenerName } from "#config.ts";
import type { RunningHub } from "../running-hub.ts";
import type { Check } from "./check.ts";

const DEADLINE_MS = 5000;

/** Whether the address of a listener is free, or held by our own hub. */
export async function checkListener(name: ListenerName, { address }: ListenerConfig, hub: RunningHub | undefined): Promise<Check> {
  const check = `listener ${name}`;
  const open = hub?.listeners[name];
  if (open !== undefined) return { name: check, status: "ok", what: `${open}, held by the running hub (process ${hub?.pid})` };
  if (address.kind === "off") return { name: check, status: "ok", what: "off" };
  const advice = `stop what holds it, or move this listener with ${flagOf(`listen.${name}`)}`;
  if (address.kind === "unix") {
    if (await answers(address.path)) return { name: check, status: "wrong", what: `${address.path} is held by another program`, advice };
    return { name: check, status: "ok", what: `${address.path} is free` };
  }
  const refused = await refusedListen(address.host, address.port);
  const what = `${address.host}:${address.port}`;
  if (refused === undefined) return { name: check, status: "ok", what: `${what} is free` };
  return { name: check, status: "wrong", what: `${what} ${SENTENCES[refused] ?? `cannot be used (${refused})`}`, advice };
}

const SENTENCES: Readonly<Record<string, string>> = {
  EADDRINUSE: "is held by another program",
  EACCES: "may not be used by this user",
  EADDRNOTAVAIL: "is no address of this machine",
  ENOTFOUND: "is no name that this machine can resolve",
};

/** The code of the error that listening there for a moment gives; undefined when it can be done. */
function refusedListen(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ host, port, signal: AbortSignal.timeout(DEADLINE_MS) }, () => server.close(() => resolve(undefined)));
  return promise;
}

/** Whether somebody accepts connections on the socket. */
function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ path, timeout: DEADLINE_MS });
  socket.once("connect", () => resolve(true));
  socket.once("timeout", () => resolve(true)); // it is there, and too busy to say so
  socket.once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
