import { accessSync, constants, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultWorkers } from "#lib/default-workers.ts";
import type { ConfigProblem } from "./config-error.ts";
import { CONFIG_KEYS, type ConfigKey } from "./config-keys.ts";
import type { RawSetting, Source } from "./raw-setting.ts";
import { readConfigFile } from "./read-file.ts";
import { CONFIG_FILE } from "./read-words.ts";

/** One key as it is in force. */
export interface Setting {
  readonly key: string;
  /** Undefined where nothing is set and there is no default. Paths are absolute. */
  readonly value: unknown;
  /** `default`, `<file>:<line>`, the variable or the flag. */
  readonly origin: string;
}

/** All settings by key, the file they were read from, and what was found wrong so far. */
export interface Settings {
  readonly byKey: ReadonlyMap<string, Setting>;
  readonly file: string | undefined;
  readonly problems: readonly ConfigProblem[];
}

const DEFAULT_FILE_NAME = "holdfast.yaml";
const TLS_FILES = ["cert", "key", "clientCa"].flatMap((name) => [`tls.main.${name}`, `tls.restic.${name}`, `tls.restbackup.${name}`]);
const PATH_KEYS = new Set(["data", "masterKeyFile", ...TLS_FILES]);

/** The data folder when none is named, the same from whatever folder the program is called. */
const DEFAULT_DATA = fileURLToPath(new URL("../../holdfast-data", import.meta.url));

/** Finds and reads the file, and takes each key from the first source that sets it. `words` come before the file. */
export function resolveSettings(
  words: readonly Source[],
  { workingDirectory, defaultData = DEFAULT_DATA }: { readonly workingDirectory: string; readonly defaultData?: string },
): Settings {
  const wordsFor = (key: string) => words.map(({ settings }) => settings.get(key)).find((setting) => setting !== undefined);
  const problems = words.flatMap((source) => source.problems);

  const named = wordsFor(CONFIG_FILE);
  const dataByWords = wordsFor("data");
  const data = absolute(dataByWords ?? { value: defaultData, origin: "default" }, workingDirectory);
  const file = named === undefined ? join(data, DEFAULT_FILE_NAME) : absolute(named, workingDirectory);
  // A data folder that cannot be looked into is told as such by whoever opens it, not as trouble with a file that nobody named.
  const read = named === undefined && !canEnter(data) ? undefined : readConfigFile(file);
  if (read === undefined && named !== undefined) {
    problems.push({ key: undefined, message: `There is no file ${file}`, origin: named.origin });
  }
  problems.push(...(read?.problems ?? []));

  const byKey = new Map<string, Setting>();
  for (const key of CONFIG_KEYS.values()) {
    const raw = wordsFor(key.path) ?? read?.settings.get(key.path);
    byKey.set(key.path, check(key, raw, { workingDirectory, defaultData, problems }));
  }
  const moved = byKey.get("data");
  if (named === undefined && dataByWords === undefined && moved !== undefined && moved.value !== data) {
    const message = `a file that is found in the data folder cannot name another one; start with --config ${file}`;
    problems.push({ key: "data", message, origin: moved.origin });
  }
  return { byKey, file: read === undefined ? undefined : file, problems };
}

function check(
  key: ConfigKey,
  raw: RawSetting | undefined,
  { workingDirectory, defaultData, problems }: { workingDirectory: string; defaultData: string; problems: ConfigProblem[] },
): Setting {
  const parsed = key.schema.safeParse(raw?.value);
  const origin = raw?.origin ?? "default";
  if (!parsed.success) {
    problems.push({ key: key.path, message: parsed.error.issues[0]?.message ?? "is wrong", origin });
    return { key: key.path, value: undefined, origin };
  }
  if (raw === undefined) {
    const ofThisMachine: Readonly<Record<string, unknown>> = { data: defaultData, workers: defaultWorkers() };
    return { key: key.path, value: ofThisMachine[key.path] ?? parsed.data, origin };
  }
  const value = PATH_KEYS.has(key.path) ? absolute(raw, workingDirectory) : parsed.data;
  return { key: key.path, value, origin };
}

function canEnter(folder: string): boolean {
  try {
    accessSync(folder, constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

function absolute({ value, base }: RawSetting, workingDirectory: string): string {
  return resolve(base ?? workingDirectory, String(value));
}
