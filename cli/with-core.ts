import type { Config } from "#config.ts";
import type { Core } from "#domain/core.ts";
import { openCore } from "#hub.ts";
import { openLog } from "#lib/log.ts";
import type { CommandContext } from "./command-context.ts";

/**
 * Runs `work` over the same database and files as the hub, beside a running one or without. Warnings go to standard error, so that
 * standard output holds results alone.
 */
export async function withCore<Result>(context: CommandContext, work: (core: Core, config: Config) => Promise<Result>): Promise<Result> {
  const config = context.loadConfig();
  const log = openLog({ level: config.log.level === "debug" ? "debug" : "warn", format: config.log.format }, (line) => {
    process.stderr.write(line);
  });
  await using core = await openCore(config, log, { brief: true });
  return await work(core, config);
}
