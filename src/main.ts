import type { Config } from "#config.ts";
import { type Hub, startHub } from "#hub.ts";
import { openLog } from "#lib/log.ts";

/**
 * Runs the hub until SIGINT or SIGTERM; requests under way may end first, a second signal ends it at once. SIGHUP reads the
 * certificates again. Resolves to the exit code: 0, or 1 after a sentence on stderr when the hub could not start.
 */
export async function serve(config: Config): Promise<number> {
  const log = openLog(config.log);
  let hub: Hub;
  try {
    hub = await startHub(config, log);
  } catch (error) {
    process.stderr.write(`holdfast: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  process.on("SIGHUP", () => void hub.reloadCertificates());
  const stopped = firstSignal();
  await announce(hub, config);

  const signal = await stopped;
  log.info("stopping", { signal });
  await hub.close();
  log.info("stopped");
  return 0;
}

function firstSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let asked = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (asked) process.exit(1);
      asked = true;
      resolve(signal);
    });
  }
  return promise;
}

/** Says where the hub listens and what it keeps where; and while there is no account, the one command to type next. */
async function announce(hub: Hub, config: Config): Promise<void> {
  const accounts = await hub.core.database.list("listAccounts", { after: undefined, limit: 1 });
  const next = accounts.length === 0 ? "./holdfast account add laptop" : undefined;
  if (config.log.format === "json") {
    hub.core.log.info("ready", { event: "ready", listeners: hub.addresses, data: config.data, next });
    return;
  }
  const lines = [
    "Holdfast is ready.",
    ...Object.entries(hub.addresses).map(([name, address]) => `  ${name.padEnd(8)} ${address}`),
    `  ${"data".padEnd(8)} ${config.data}   (files/ holds the backups, ${config.databaseUrl === undefined ? "holdfast.sqlite" : "PostgreSQL"} the accounts)`,
    ...(next === undefined ? [] : ["", `No account yet. Make the first one, in another terminal:  ${next}`]),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
