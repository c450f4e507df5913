import type { ListenAddress } from "#lib/listen-address.ts";
import type { Limits } from "#limits.ts";
import { assembleConfig } from "./config/assemble-config.ts";
import { readEnvironment, readFlags } from "./config/read-words.ts";
import { resolveSettings, type Setting } from "./config/settings.ts";

/** The listeners there are. */
export const LISTENER_NAMES = ["main", "restic", "restbackup"] as const;

export type ListenerName = (typeof LISTENER_NAMES)[number];

/** How a listener speaks TLS. */
export interface ListenerTls {
  readonly certPath: string;
  readonly keyPath: string;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** Whose certificates clients may, or must, show; left out where they are asked for none. */
  readonly clients?: { readonly caPath: string; readonly required: boolean };
}

/** One listener, ready for the gate. */
export interface ListenerConfig {
  readonly address: ListenAddress;
  /** Undefined: clear text. The paths are absolute. */
  readonly tls: ListenerTls | undefined;
  /** URLs under which clients call it; none when that is not set. */
  readonly publicUrls: readonly string[];
}

/** Everything that can be set, as it is in force. Frozen through and through. */
export interface Config {
  /** The data folder, absolute. */
  readonly data: string;
  /** `postgres://...`, with its password; undefined means SQLite in the data folder. */
  readonly databaseUrl: string | undefined;
  /** The file that the operator keeps the master key in, absolute; undefined means `master.key` in the data folder. */
  readonly masterKeyFile: string | undefined;
  readonly listeners: Readonly<Record<ListenerName, ListenerConfig>>;
  /** How many processes serve; with 1 it is one that does all. */
  readonly workers: number;
  /** The account that requests without a login act as; undefined: everyone signs in. */
  readonly noAuth: { readonly restic: string | undefined };
  /** Whether the hub's own user may use the API of that listener without a token. */
  readonly localOperator: { readonly main: boolean };
  /** Proxies that are believed: IPs, CIDRs or `unix`; and the header in which they name the user. */
  readonly proxy: { readonly peers: readonly string[]; readonly userHeader: string | undefined };
  /** What the hub may call besides the internet: `private`, `loopback`, IP addresses, networks. */
  readonly outgoing: { readonly allow: readonly string[] };
  /** Permission bits of what is stored. */
  readonly files: { readonly fileMode: number; readonly folderMode: number };
  readonly log: {
    readonly level: "debug" | "info" | "warn" | "error";
    readonly format: "text" | "json";
    /** Which answered requests have a line: all, or all but reads that went well at once. */
    readonly requests: "notable" | "all";
  };
  readonly limits: Limits;
  /** The file that was read, absolute; undefined when there was none. */
  readonly file: string | undefined;
  /** Every key with its value, passwords masked, and where that came from, in the order of the documentation. */
  readonly settings: readonly Setting[];
}

/** What is set besides the file. */
export interface ConfigSources {
  /** By key (`listen.restic`), besides `config`, which names the file. */
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What relative paths in flags and environment are relative to. */
  readonly workingDirectory: string;
}

/**
 * Reads the configuration: flags before environment before file before default. The file is the one that is named, else
 * `<data>/holdfast.yaml` if there is one. Throws `ConfigError` with every problem at once.
 */
export function loadConfig({ flags, environment, workingDirectory }: ConfigSources): Config {
  const words = [readFlags(flags), readEnvironment(environment)];
  return assembleConfig(resolveSettings(words, { workingDirectory }));
}

/** `loadConfig` for this process: its environment and working directory. */
export function loadOwnConfig(flags: ConfigSources["flags"]): Config {
  return loadConfig({ flags, environment: process.env, workingDirectory: process.cwd() });
}
