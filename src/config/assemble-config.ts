import { join } from "node:path";
import { isLoopbackHost, type ListenAddress, parseListenAddress } from "#lib/listen-address.ts";
import { DEFAULT_LIMITS, type Limits } from "#limits.ts";
import type { Config, ListenerConfig, ListenerName } from "../config.ts";
import { ConfigError, type ConfigProblem } from "./config-error.ts";
import { maskSetting } from "./mask-setting.ts";
import type { Setting, Settings } from "./settings.ts";

const FOLDER_MODES: Readonly<Record<string, number>> = { "0660": 0o770 };

/** Makes the frozen whole of checked settings. Throws `ConfigError` for what does not go together, and for all problems found before. */
export function assembleConfig(settings: Settings): Config {
  const problems = [...settings.problems];
  const values = new Values(settings, problems);
  const data = values.text("data") ?? "";
  const listeners = {
    main: listenerOf(values, "main", data),
    restic: listenerOf(values, "restic", data),
    restbackup: listenerOf(values, "restbackup", data),
  };
  refuseOpenDoors(values, listeners);
  if (problems.length > 0) throw new ConfigError(problems);

  const mode = values.text("files.mode") ?? "";
  return deepFreeze({
    data,
    databaseUrl: values.text("databaseUrl"),
    masterKeyFile: values.text("masterKeyFile"),
    listeners,
    workers: values.number("workers") ?? 1,
    noAuth: { restic: values.text("noAuth.restic") },
    localOperator: { main: values.isOn("localOperator.main") },
    proxy: { peers: values.list("proxy.peers"), userHeader: values.text("proxy.userHeader") },
    outgoing: { allow: values.list("outgoing.allow") },
    files: { fileMode: Number.parseInt(mode, 8), folderMode: FOLDER_MODES[mode] ?? 0o700 },
    log: {
      level: values.text("log.level") as Config["log"]["level"], // the schema has checked both
      format: values.text("log.format") as Config["log"]["format"],
      requests: values.text("log.requests") as Config["log"]["requests"],
    },
    limits: limitsOf(values),
    file: settings.file,
    settings: [...settings.byKey.values()].map(maskSetting),
  });
}

/** Typed looks at the checked settings. One that failed its check reads as not set; its problem is on the list already. */
class Values {
  readonly #settings: Settings;
  readonly #problems: ConfigProblem[];

  constructor(settings: Settings, problems: ConfigProblem[]) {
    this.#settings = settings;
    this.#problems = problems;
  }

  setting(key: string): Setting | undefined {
    return this.#settings.byKey.get(key);
  }

  text(key: string): string | undefined {
    const value = this.setting(key)?.value;
    return typeof value === "string" ? value : undefined;
  }

  number(key: string): number | undefined {
    const value = this.setting(key)?.value;
    return typeof value === "number" ? value : undefined;
  }

  isOn(key: string): boolean {
    return this.setting(key)?.value === true;
  }

  list(key: string): readonly string[] {
    const value = this.setting(key)?.value ?? [];
    return (Array.isArray(value) ? value : [value]).map(String);
  }

  refuse(key: string, message: string): void {
    this.#problems.push({ key, message, origin: this.setting(key)?.origin ?? "default" });
  }
}

function listenerOf(values: Values, name: ListenerName, data: string): ListenerConfig {
  const address = parseListenAddress(values.text(`listen.${name}`) ?? "off") ?? ({ kind: "off" } as const);
  return { address, tls: tlsOf(values, name, data), publicUrls: values.list(`publicUrl.${name}`) };
}

/** As rest-server decides it (spec/restic-rest.md 4.1 RS-13), and one path without the other is an error too. */
function tlsOf(values: Values, name: ListenerName, data: string): ListenerConfig["tls"] {
  const keys = { cert: `tls.${name}.cert`, key: `tls.${name}.key` };
  const certPath = values.text(keys.cert);
  const keyPath = values.text(keys.key);
  const clients = clientsOf(values, name);
  if (!values.isOn(`tls.${name}.enabled`)) {
    if (clients !== undefined) values.refuse(`tls.${name}.clientCertificate`, `is given, but tls.${name}.enabled is not true`);
    for (const key of Object.values(keys)) {
      if (values.text(key) !== undefined) values.refuse(key, `is given, but tls.${name}.enabled is not true`);
    }
    return undefined;
  }
  if (certPath !== undefined && keyPath === undefined) values.refuse(keys.cert, `needs ${keys.key} beside it`);
  if (certPath === undefined && keyPath !== undefined) values.refuse(keys.key, `needs ${keys.cert} beside it`);
  return {
    certPath: certPath ?? join(data, "tls", "cert.pem"),
    keyPath: keyPath ?? join(data, "tls", "key.pem"),
    minVersion: values.text(`tls.${name}.minVersion`) === "1.3" ? "TLSv1.3" : "TLSv1.2",
    ...(clients === undefined ? {} : { clients }),
  };
}

/** One without the other is an error: nobody is to believe that certificates are looked at when they are not. */
function clientsOf(values: Values, name: ListenerName): { readonly caPath: string; readonly required: boolean } | undefined {
  const keys = { ca: `tls.${name}.clientCa`, certificate: `tls.${name}.clientCertificate` };
  const caPath = values.text(keys.ca);
  const mode = values.text(keys.certificate);
  const asked = mode === "request" || mode === "require";
  if (asked && caPath === undefined) values.refuse(keys.certificate, `needs ${keys.ca}: the authority whose certificates count`);
  if (!asked && caPath !== undefined) values.refuse(keys.ca, `is given, but ${keys.certificate} is off`);
  return asked && caPath !== undefined ? { caPath, required: mode === "require" } : undefined;
}

/** What would let strangers in, or show passwords to them, has to be asked for by name. */
function refuseOpenDoors(values: Values, listeners: Readonly<Record<ListenerName, ListenerConfig>>): void {
  for (const [name, { address, tls }] of Object.entries(listeners)) {
    if (!isReachable(address) || tls !== undefined || values.isOn(`clearText.${name}`)) continue;
    values.refuse(
      `listen.${name}`,
      `others can reach ${values.text(`listen.${name}`)}, and would send passwords in clear text: ` +
        `set tls.${name}.enabled, or allow it with clearText.${name}: true`,
    );
  }
  if (values.text("noAuth.restic") !== undefined && isReachable(listeners.restic.address)) {
    values.refuse("noAuth.restic", "needs listen.restic on loopback or a unix socket: anyone who can reach it would need no password");
  }
  if (values.text("proxy.userHeader") !== undefined && values.list("proxy.peers").length === 0) {
    values.refuse("proxy.userHeader", "needs proxy.peers: the proxies that may be believed");
  }
}

/** Whether another machine may reach it. */
function isReachable(address: ListenAddress): boolean {
  return address.kind === "tcp" && !isLoopbackHost(address.host);
}

function limitsOf(values: Values): Limits {
  const entries = Object.entries(DEFAULT_LIMITS).map(([name, value]) => [name, values.number(`limits.${name}`) ?? value]);
  return Object.fromEntries(entries) as Limits; // Object.fromEntries forgets the key type
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
