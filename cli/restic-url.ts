import { networkInterfaces } from "node:os";
import type { Config, ListenerName } from "#config.ts";
import type { ListenAddress } from "#lib/listen-address.ts";
import type { RunningHub } from "./running-hub.ts";

/** What the URL is to lead to. */
export interface ResticTarget {
  readonly login: string;
  readonly secret: string;
  /** `/laptop/` */
  readonly path: string;
}

/**
 * The URL under which restic reaches a repository, without restic's own `rest:` before it. From `publicUrl`, else from where it
 * listens: what a running hub says of itself goes before what is configured here. The listener `restic` goes before `main`. Undefined when both are off, or when
 * the port is only known once the hub runs.
 */
export function resticUrl(config: Config, hub: RunningHub | undefined, target: ResticTarget): string | undefined {
  const base = baseOf(config, hub, "restic") ?? baseOf(config, hub, "main");
  if (base === undefined) return undefined;
  const user = `${encodeURIComponent(target.login)}:${encodeURIComponent(target.secret)}@`;
  return base.replace("://", `://${user}`) + target.path.split("/").map(encodeURIComponent).join("/").slice(1);
}

/**
 * The access URL of a login for archives, `https://USER:PASS@host/`: all that a client needs to know (spec/restbackup.md section 1.1).
 * Undefined when that listener is off or on a unix socket, or when its port is only known once the hub runs.
 */
export function accessUrl(
  config: Config,
  hub: RunningHub | undefined,
  { login, secret }: { readonly login: string; readonly secret: string },
): string | undefined {
  const base = baseOf(config, hub, "restbackup");
  return base === undefined || base.includes("+unix:") ? undefined : base.replace("://", `://${login}:${secret}@`);
}

/** Up to and including the slash before the repository's path. */
function baseOf(config: Config, hub: RunningHub | undefined, name: ListenerName): string | undefined {
  const { publicUrls, tls, address } = config.listeners[name];
  const prefix = name === "main" ? "restic/" : "";
  const [publicUrl] = hub?.publicUrls[name] ?? publicUrls;
  if (publicUrl !== undefined) return `${publicUrl.replace(/\/$/, "")}/${prefix}`;

  const scheme = tls === undefined ? "http" : "https";
  const open = hub === undefined ? addressText(address, scheme) : hub.listeners[name];
  if (open === undefined) return undefined;
  // restic >= 0.17 takes the path of the socket, a colon, then the path of the request.
  if (open.startsWith("unix:")) return `${scheme}+unix://${encodeURI(open.slice("unix:".length))}:/${prefix}`;
  const url = new URL(open);
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") url.hostname = ownAddress();
  return `${url.origin}/${prefix}`;
}

function addressText(address: ListenAddress, scheme: string): string | undefined {
  if (address.kind === "unix") return `unix:${address.path}`;
  if (address.kind === "off" || address.port === 0) return undefined;
  return `${scheme}://${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

/** The first address of this machine that others may reach it by: nobody can connect to "all addresses". */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}
