import { configJsonSchema } from "#config/config-keys.ts";
import type { Command } from "../command-context.ts";
import { printableJson } from "../printable.ts";

/** `holdfast config schema`: the JSON schema of the configuration file, for editors. */
export const configSchemaCommand: Command<undefined> = async () => {
  process.stdout.write(printableJson(configJsonSchema()));
  return 0;
};
