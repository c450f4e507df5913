import { Client } from "pg";
import type { Limits } from "#limits.ts";
import { pollOperations } from "../poll-operations.ts";
import { clientConfig } from "./client-config.ts";

const POLL_MS = 1000;

/**
 * Tells of changes of the timeline: at once by a connection that listens, and by a look each second, because that connection may be
 * dead without a sign. Both end with `dispose`.
 */
export function watchOperations(
  { url, limits, readChange }: { readonly url: string; readonly limits: Limits; readonly readChange: () => Promise<number> },
  told: () => void,
): Disposable {
  let seen: number | undefined;
  let listener: Client | undefined;
  let isDisposed = false;

  const drop = (client: Client) => {
    client.connection.stream.destroy(); // not `end()`, which waits for the server's farewell
    if (listener === client) listener = undefined;
  };
  const listen = async () => {
    const client = new Client(clientConfig(url, limits));
    listener = client;
    client.on("error", () => drop(client));
    client.on("end", () => drop(client));
    client.on("notification", told);
    try {
      await client.connect();
      await client.query("listen holdfast_operation_change");
    } catch {
      drop(client); // the next look tries again
    }
    if (isDisposed) drop(client);
  };
  void listen();

  const polling = pollOperations(POLL_MS, async () => {
    if (listener === undefined) void listen();
    const change = await readChange();
    if (change !== seen) told();
    seen = change;
  });
  return {
    [Symbol.dispose]() {
      isDisposed = true;
      polling[Symbol.dispose]();
      if (listener !== undefined) drop(listener);
    },
  };
}
