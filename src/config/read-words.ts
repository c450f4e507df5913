import { nearest } from "#lib/nearest.ts";
import type { ConfigProblem } from "./config-error.ts";
import { CONFIG_KEYS, type ConfigKey, flagOf } from "./config-keys.ts";
import type { RawSetting, Source } from "./raw-setting.ts";

/** Under this name `--config` and HOLDFAST_CONFIG stand among the settings of a source; it is no key of the file. */
export const CONFIG_FILE = "config";

const VARIABLES = new Map([...CONFIG_KEYS.values()].map((key) => [key.variable, key.path]));
VARIABLES.set("HOLDFAST_CONFIG", CONFIG_FILE);

/** What the flags set, handed in by key. */
export function readFlags(flags: Readonly<Record<string, string>>): Source {
  const settings = new Map<string, RawSetting>();
  const problems: ConfigProblem[] = [];
  for (const [path, text] of Object.entries(flags)) {
    const key = CONFIG_KEYS.get(path);
    const origin = flagOf(path);
    if (key === undefined && path !== CONFIG_FILE) problems.push(unknown(path, CONFIG_KEYS.keys(), origin));
    else settings.set(path, { value: readText(key, text), origin });
  }
  return { settings, problems };
}

/** What the environment sets. HOLDFAST_TEST_* belongs to the tests; any other unknown HOLDFAST_* is a problem. An empty variable sets nothing. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): Source {
  const settings = new Map<string, RawSetting>();
  const problems: ConfigProblem[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith("HOLDFAST_") || name.startsWith("HOLDFAST_TEST_") || text === undefined || text === "") continue;
    const path = VARIABLES.get(name);
    if (path === undefined) problems.push(unknown(name, VARIABLES.keys(), "environment"));
    else settings.set(path, { value: readText(CONFIG_KEYS.get(path), text), origin: name });
  }
  return { settings, problems };
}

/** The problem of a name that nothing is called. */
export function unknown(name: string, known: Iterable<string>, origin: string): ConfigProblem {
  const near = nearest(name, known);
  return { key: name, message: `nothing is called so${near === undefined ? "" : `; did you mean ${near}?`}`, origin };
}

/** The value that `text` stands for. What cannot be read stays text, for the schema to refuse. */
function readText(key: ConfigKey | undefined, text: string): unknown {
  switch (key?.kind) {
    case "number":
      return text.trim() === "" ? text : Number(text);
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "list":
      return text.split(",").map((item) => item.trim());
    default:
      return text;
  }
}
