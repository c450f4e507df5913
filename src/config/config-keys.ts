import { z } from "zod";
import { configSchema } from "./config-schema.ts";

/** How a value is written as text in a flag or a variable: a list has commas between its items. */
export type KeyKind = "text" | "number" | "boolean" | "list";

/** One thing that can be set. */
export interface ConfigKey {
  /** `tls.restic.minVersion` */
  readonly path: string;
  /** `--tls-restic-min-version` */
  readonly flag: string;
  /** `HOLDFAST_TLS_RESTIC_MIN_VERSION` */
  readonly variable: string;
  readonly description: string;
  readonly kind: KeyKind;
  /** Checks one value, and gives the default for `undefined`. */
  readonly schema: z.ZodType;
}

/** Every key there is by its path, in the order of the documentation. */
export const CONFIG_KEYS: ReadonlyMap<string, ConfigKey> = new Map(leavesOf(configSchema, "").map((key) => [key.path, key]));

/** The levels above the keys: `listen`, `tls`, `tls.main`. */
export const CONFIG_GROUPS: ReadonlySet<string> = new Set([...CONFIG_KEYS.keys()].flatMap(groupsAbove));

/** The name of the flag of a key path; one mechanical rule: dots and capitals become hyphens. */
export function flagOf(path: string): string {
  return `--${wordsOf(path).join("-")}`;
}

/** The name of the environment variable of a key path, by the same rule. */
export function variableOf(path: string): string {
  return `HOLDFAST_${wordsOf(path).join("_").toUpperCase()}`;
}

/** The JSON schema of the configuration file, as it is published in docs/config.schema.json. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, { target: "draft-2020-12", io: "input" });
  return { ...schema, title: "Holdfast configuration" };
}

function wordsOf(path: string): string[] {
  return path
    .replace(/[A-Z]/g, (letter) => `.${letter}`)
    .toLowerCase()
    .split(".");
}

function groupsAbove(path: string): string[] {
  const segments = path.split(".");
  return segments.slice(0, -1).map((_, index) => segments.slice(0, index + 1).join("."));
}

function leavesOf(schema: z.ZodType, path: string): ConfigKey[] {
  const inner = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([name, child]) => leavesOf(child as z.ZodType, path === "" ? name : `${path}.${name}`)); // zod's shapes hold its core type
  }
  return [{ path, flag: flagOf(path), variable: variableOf(path), description: schema.description ?? "", kind: kindOf(inner), schema }];
}

function kindOf(schema: unknown): KeyKind {
  if (schema instanceof z.ZodNumber) return "number";
  if (schema instanceof z.ZodBoolean) return "boolean";
  return schema instanceof z.ZodArray || schema instanceof z.ZodUnion ? "list" : "text";
}
