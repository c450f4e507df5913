import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "#config.ts";
import type { Core } from "#domain/core.ts";
import { HUB } from "#model/actor.ts";
import type { OperationKind } from "#model/operation.ts";
import { RUN_FILE } from "./place.ts";

/**
 * Tells that the hub is there: the run file for the command line beside it, a line in the timeline. Disposing tells that it has gone; it
 * is done when nothing is served any more.
 */
export function announce(core: Core, config: Config, addresses: Readonly<Record<string, string>>): Disposable {
  const runFile = join(config.data, RUN_FILE);
  const publicUrls = Object.fromEntries(Object.entries(config.listeners).map(([name, listener]) => [name, listener.publicUrls]));
  writeFileSync(runFile, `${JSON.stringify({ pid: process.pid, listeners: addresses, publicUrls })}\n`, { mode: 0o600 });

  const tell = (kind: OperationKind, summary: string) => {
    const atMs = core.clock();
    core.timeline.record({
      kind,
      status: "succeeded",
      startedAtMs: atMs,
      endedAtMs: atMs,
      actor: HUB,
      summary,
      details: { pid: process.pid },
    });
  };
  tell("hub.started", `Holdfast started: ${Object.values(addresses).join(", ")}`);
  return {
    [Symbol.dispose]() {
      core.activity[Symbol.dispose](); // what it was following ends before it
      tell("hub.stopped", "Holdfast stopped");
      rmSync(runFile, { force: true });
    },
  };
}
