import { loadConfig } from "#config.ts";
import { metricsDoor } from "#doors/hub/metrics.ts";
import { resticDoor } from "#doors/restic/routes.ts";
import { HubLine } from "#events/hub-line.ts";
import { openGate } from "#gate/gate.ts";
import { openCore } from "#hub.ts";
import { openLog } from "#lib/log.ts";
import { processWire } from "./process-wire.ts";

// A worker of its own process for test/worker-state.slow.test.ts: `worker-child.ts <flags as JSON>`. Tells its parent, which is its primary,
// where it listens; ends in order when it is asked to.
const flags = JSON.parse(process.argv[2] ?? "") as Record<string, string>; // the test wrote it
const config = loadConfig({ flags, environment: {}, workingDirectory: flags["data"] ?? "" });
const log = openLog({ level: "error", format: "text" });
const line = new HubLine(processWire(process), { answerMs: 10_000, tellDelayMs: 20, onFault: (error) => log.error("line", { error }) });
const core = await openCore(config, log, { line });
const gate = await openGate({
  listeners: [
    { name: "main", ...config.listeners.main, mounts: [{ prefix: "metrics", door: metricsDoor(core) }] },
    { name: "restic", ...config.listeners.restic, mounts: [{ prefix: "", door: resticDoor(core, { noAuthAccount: undefined }) }] },
  ],
  limits: config.limits,
  proxy: config.proxy,
  log,
  clock: core.clock,
});
line.onAsked("end", async () => {
  await gate.close();
  await core[Symbol.asyncDispose]();
});
line.tell("ready", gate.addresses);
process.on("disconnect", () => process.exit());
