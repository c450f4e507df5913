import { join } from "node:path";
import type { Config } from "#config.ts";
import { holdsUnknownRepositories, NEW_DATABASE } from "#hub/warn-of-trouble.ts";
import { type Hub, startHub } from "#hub.ts";
import { type Log, openLog } from "#lib/log.ts";

const SAME_SIGNAL_MS = 1000;
const NAME_COLUMNS = 10;
const SERVES: Readonly<Record<string, string>> = {
  main: "health at /healthz and /readyz, restic at /restic/, API at /api/v1",
  restic: "restic",
  restbackup: "files: curl -T FILE",
};

/** A hub in this one process, or with workers that can be replaced while it runs. */
interface Served extends Hub {
  replaceWorkers?(): Promise<void>;
}

/**
 * Runs the hub until SIGINT or SIGTERM; requests under way may end first, a second signal ends it at once. SIGHUP reads the
 * certificates again, SIGUSR2 replaces the workers. Resolves to the exit code: 0, or 1 after a sentence on stderr when the hub could not start.
 */
export async function serve(config: Config): Promise<number> {
  const log = openLog(config.log);
  let hub: Served | undefined;
  // On a terminal SIGHUP says that its window was closed; elsewhere, as with other servers, that there is something to read again.
  // Already before there is: its default would end the process.
  if (!process.stdout.isTTY) process.on("SIGHUP", () => void hub?.reloadCertificates());
  process.on("SIGUSR2", () => {
    if (hub?.replaceWorkers !== undefined) void hub.replaceWorkers();
    else log.warn("there are no workers to replace; restart the hub instead");
  });
  // From now on, not from when all of it is ready: with workers one may have taken an upload before another has started.
  const stopped = stopSignal();
  try {
    hub = await start(config, log);
  } catch (error) {
    process.stderr.write(`holdfast: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  await announce(hub, config);

  const signal = await stopped;
  log.info("stopping", { signal });
  await hub.close();
  log.info("stopped");
  return 0;
}

async function start(config: Config, log: Log): Promise<Served> {
  if (config.workers === 1) return await startHub(config, log);
  const { startPrimary } = await import("#workers/primary.ts"); // not loaded by a hub that needs none of it
  return await startPrimary(config, log);
}

/**
 * The signal that asks the hub to stop. Another one ends it at once, but not within a second: a terminal's Ctrl+C goes to every process
 * of `npm start`, and npm sends it on to its child once more.
 */
function stopSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let askedAtMs: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM", ...(process.stdout.isTTY ? (["SIGHUP"] as const) : [])] as const) {
    process.on(signal, () => {
      if (askedAtMs !== undefined && performance.now() - askedAtMs > SAME_SIGNAL_MS) process.exit(1);
      askedAtMs ??= performance.now();
      resolve(signal);
    });
  }
  return promise;
}

/** Says where the hub listens and what it keeps where; and while there is no account, the one command to type next. */
async function announce(hub: Hub, config: Config): Promise<void> {
  const accounts = await hub.core.database.list("listAccounts", { after: undefined, limit: 1 });
  const strangers =
    accounts.length === 0 && (await holdsUnknownRepositories(hub.core, AbortSignal.timeout(hub.core.limits.databaseWaitMs)));
  const next = accounts.length === 0 ? `./holdfast account add laptop${flagsOf(config)}` : undefined;
  if (config.log.format === "json") {
    // Whatever the level is: who waits for this line waits for nothing else.
    openLog({ format: "json", level: "info" }).info("ready", { event: "ready", listeners: hub.addresses, data: config.data, next });
    return;
  }
  const lines = [
    "Holdfast is ready.",
    ...Object.entries(hub.addresses).map(([name, address]) =>
      `  ${name.padEnd(NAME_COLUMNS)} ${address.padEnd(28)} ${SERVES[name] ?? ""}`.trimEnd(),
    ),
    `  ${"data".padEnd(NAME_COLUMNS)} ${config.data}   (files/ holds the backups, ${config.databaseUrl === undefined ? "holdfast.sqlite" : "PostgreSQL"} the accounts)`,
    ...(strangers ? ["", NEW_DATABASE] : []),
    ...(next === undefined ? [] : ["", `No account yet. Make the first one, in another terminal:  ${next}`]),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** What the command line needs to mean the same hub as this one. */
function flagsOf({ settings, file }: Config): string {
  const flags = [];
  const data = settings.find(({ key }) => key === "data");
  if (data !== undefined && data.origin !== "default") flags.push(` --data ${data.value}`);
  if (file !== undefined && file !== join(String(data?.value), "holdfast.yaml")) flags.push(` --config ${file}`);
  return flags.join("");
}
