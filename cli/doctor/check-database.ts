import { existsSync } from "node:fs";
import { join } from "node:path";
import { maskDatabaseUrl } from "#config/mask-setting.ts";
import type { CommandContext } from "../command-context.ts";
import { withCore } from "../with-core.ts";
import { type Check, failedCheck } from "./check.ts";

const NAME = "database";

/** Whether the database opens and answers. It is not made for this check: that is left to the first start. */
export async function checkDatabase(context: CommandContext): Promise<Check> {
  const { data, databaseUrl } = context.loadConfig();
  const file = join(data, "holdfast.sqlite");
  const where = databaseUrl === undefined ? file : maskDatabaseUrl(databaseUrl);
  if (databaseUrl === undefined && !existsSync(file))
    return { name: NAME, status: "ok", what: `${file} is not there yet; the first start makes it` };
  try {
    const version = await withCore(context, async (core) => await core.database.accessVersion());
    return { name: NAME, status: "ok", what: `${where} opens and answers (version ${version} of who may do what)` };
  } catch (error) {
    const advice =
      databaseUrl === undefined
        ? "see to it that this user may read and write the file"
        : "look at databaseUrl, and whether PostgreSQL runs";
    return failedCheck(NAME, error, advice);
  }
}
