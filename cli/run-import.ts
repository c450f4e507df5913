import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { carryOutImport } from "#domain/imports/carry-out-import.ts";
import type { ImportPlan } from "#domain/imports/import-plan.ts";
import { type ImportInput, planImport } from "#domain/imports/plan-import.ts";
import { readSmallFile } from "#lib/read-small-file.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { CommandContext } from "./command-context.ts";
import { findRunningHub } from "./running-hub.ts";
import { showImport } from "./show-import.ts";
import { hasHub, withCore } from "./with-core.ts";

const HTPASSWD_BYTES = 16 * 1024 * 1024;

/** Plans an import, carries it out unless it is a dry run, and shows which of the two. */
export async function runImport(
  context: CommandContext,
  { dryRun, ...rest }: Omit<ImportInput, "dataFolder"> & { readonly dryRun: boolean },
): Promise<number> {
  const config = context.loadConfig();
  const input = { ...rest, dataFolder: existsSync(config.data) ? realpathSync(config.data) : resolve(config.data) };
  const plan = await planOrDo();
  showImport(context, plan, { dryRun, isHubRunning: findRunningHub(config.data) !== undefined });
  return 0;

  async function planOrDo(): Promise<ImportPlan> {
    // Where there is no hub yet a dry run makes none; and a real one only once it is known that it will not be refused.
    if (!hasHub(config)) {
      const first = await planImport(undefined, config.limits, input, context.signal);
      if (dryRun) return first;
    }
    return await withCore(
      context,
      async (core) => {
        const now = await planImport(core, core.limits, input, context.signal);
        return dryRun ? now : await carryOutImport(core, OPERATOR, now, context.signal);
      },
      { creates: !dryRun },
    );
  }
}

/** The text of an htpasswd file. Throws `invalid_input` in words for a person. */
export function readHtpasswdFile(file: string): string {
  try {
    return readSmallFile(file, HTPASSWD_BYTES).toString("utf8");
  } catch (cause) {
    throw new HubError("invalid_input", `${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
