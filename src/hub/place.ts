import { hostname } from "node:os";
import type { Config } from "#config.ts";

/** Folder in the data folder that is the root of entry `main`. */
export const FILES = "files";

/** Name of the file in the data folder that says where a running hub listens, for the command line beside it. */
export const RUN_FILE = "holdfast.run.json";

/** Hubs of the same place follow each other; no two run at once. A database file lies in the folder whose lock the hub holds. */
export function placeOf({ data, databaseUrl }: Config): string {
  return databaseUrl === undefined ? "hub" : `hub ${hostname()} ${data.replaceAll("/", "|")}`;
}
