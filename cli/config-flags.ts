import { type Command, Option } from "commander";
import { CONFIG_KEYS } from "#config/config-keys.ts";
import { CONFIG_FILE } from "#config/read-words.ts";
import { nearest } from "#lib/nearest.ts";

const SHOWN = new Set(["data", CONFIG_FILE]);

/**
 * Gives the program `--config` and a flag for every key of the configuration. The returned record fills while arguments are parsed:
 * by key, as `loadConfig` takes it.
 */
export function addConfigFlags(program: Command): Readonly<Record<string, string>> {
  const flags: Record<string, string> = {};
  const add = (flag: string, path: string, description: string) => {
    const option = new Option(flag, description).argParser((text: string) => {
      flags[path] = text;
      return text;
    });
    program.addOption(SHOWN.has(path) ? option : option.hideHelp());
  };
  add("--config <file>", CONFIG_FILE, "configuration file (default: holdfast.yaml in the data folder)");
  add("--data <folder>", "data", "data folder (default: holdfast-data beside the program)");
  for (const { path, flag, description } of CONFIG_KEYS.values()) {
    if (path !== "data") add(`${flag} <value>`, path, description);
  }
  return flags;
}

const SWITCHES = new Set([...CONFIG_KEYS.values()].filter(({ kind }) => kind === "boolean").map(({ flag }) => flag));

/** Lets a switch stand alone: `--tls-restic-enabled` is `--tls-restic-enabled=true`. Arguments behind `--` stay as they are. */
export function completeSwitches(args: readonly string[]): string[] {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  return args.map((arg, index) => {
    const next = args[index + 1];
    return index < end && SWITCHES.has(arg) && next !== "true" && next !== "false" ? `${arg}=true` : arg;
  });
}

/** What to add to the refusal of an unknown flag: the nearest one of the configuration, which the help does not list. */
export function suggestFlag(refusal: string): string {
  const flag = /unknown option '(?<flag>--[^'=]+)/.exec(refusal)?.groups?.["flag"];
  if (flag === undefined || refusal.includes("Did you mean")) return "";
  const near = nearest(
    flag,
    [...CONFIG_KEYS.values()].map((key) => key.flag),
  );
  return near === undefined ? "" : `(Did you mean ${near}?)\n`;
}
