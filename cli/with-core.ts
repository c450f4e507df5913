import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "#config.ts";
import type { Core } from "#domain/core.ts";
import { openCore } from "#hub.ts";
import { openLog } from "#lib/log.ts";
import { HubError } from "#model/hub-error.ts";
import type { CommandContext } from "./command-context.ts";

/**
 * Runs `work` over the same database and files as the hub, beside a running one or without. Warnings go to standard error, so that
 * standard output holds results alone. Only a command that `creates` makes a data folder where there is none.
 */
export async function withCore<Result>(
  context: CommandContext,
  work: (core: Core, config: Config) => Promise<Result>,
  { creates = false }: { readonly creates?: boolean } = {},
): Promise<Result> {
  const config = context.loadConfig();
  if (!creates && !hasHub(config)) {
    throw new HubError("not_found", `There is no Holdfast at ${config.data}; --data names another folder`);
  }
  const log = openLog({ level: config.log.level === "debug" ? "debug" : "warn", format: config.log.format }, (line) => {
    process.stderr.write(line);
  });
  await using core = await openCore(config, log, { brief: true });
  return await work(core, config);
}

/** Whether the data folder is one of a hub. */
export function hasHub(config: Config): boolean {
  return existsSync(join(config.data, config.databaseUrl === undefined ? "holdfast.sqlite" : "files"));
}
