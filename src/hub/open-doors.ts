import type { Config } from "#config.ts";
import type { Core } from "#domain/core.ts";
import { healthDoor, readinessDoor } from "#doors/hub/health.ts";
import { metricsDoor } from "#doors/hub/metrics.ts";
import { restBackupDoor } from "#doors/restbackup/routes.ts";
import { loggedTarget } from "#doors/restbackup/target.ts";
import { resticDoor } from "#doors/restic/routes.ts";
import { openGate } from "#gate/gate.ts";
import type { Gate, GateOptions } from "#gate/gate-options.ts";
import type { Door } from "#http/exchange.ts";

/** Opens the gate with every door behind it. Throws a sentence for people when a listener cannot be opened. */
export async function openDoors(core: Core, config: Config, options: Pick<GateOptions, "takesGiven"> = {}): Promise<Gate> {
  const stopping = new AbortController();
  const gate: Gate = await openGate({
    ...options,
    listeners: [
      {
        name: "main",
        ...config.listeners.main,
        mounts: [
          { prefix: "healthz", door: healthDoor() },
          { prefix: "readyz", door: readinessDoor(core) },
          { prefix: "metrics", door: metricsDoor(core) },
          { prefix: "restic", door: resticDoor(core, { noAuthAccount: undefined }) },
          { prefix: "api", door: await openApiDoor(core, config, stopping.signal) },
        ],
      },
      {
        name: "restic",
        ...config.listeners.restic,
        mounts: [{ prefix: "", door: resticDoor(core, { noAuthAccount: config.noAuth.restic }) }],
      },
      {
        name: "restbackup",
        ...config.listeners.restbackup,
        http1Only: true,
        rawTargets: { logged: loggedTarget },
        mounts: [{ prefix: "", door: restBackupDoor(core, { publicUrl: () => publicUrlOf(config, gate) }) }],
      },
    ],
    limits: config.limits,
    proxy: config.proxy,
    log: core.log,
    logRequests: config.log.requests,
    clock: core.clock,
  });
  // Streams of events have no end of their own: they are told to end, and their readers come again.
  const close = async () => {
    stopping.abort();
    await gate.close();
  };
  const retire = async () => {
    stopping.abort();
    await gate.retire();
  };
  return { ...gate, close, retire, [Symbol.asyncDispose]: close };
}

/** Loaded here and not with the others: the command line, which serves nobody, comes through this file too. */
async function openApiDoor(core: Core, config: Config, stopping: AbortSignal): Promise<Door> {
  const { openHubApi } = await import("#doors/hub/routes.ts");
  const { publicUrls } = config.listeners.main;
  return (await openHubApi(core, { localOperator: config.localOperator.main, publicUrls, stopping })).door;
}

/** Where people reach the listener for archives, with a final slash: by configuration, never by what a request says (spec/restbackup.md section 4). */
function publicUrlOf({ listeners }: Config, gate: Gate): string {
  const { address, publicUrls, tls } = listeners.restbackup;
  const configured = address.kind === "tcp" ? `${tls === undefined ? "http" : "https"}://${address.host}:${address.port}` : "";
  const [url = gate.addresses["restbackup"] ?? configured] = publicUrls; // a worker's gate has no address: another process listens
  return url.endsWith("/") ? url : `${url}/`;
}
