import { isIP } from "node:net";

/** Where a listener listens. `mode` is the permission bits of the socket file. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string; readonly mode: number }
  | { readonly kind: "off" };

/**
 * Reads `host:port` (`[::1]:8000` for IPv6, `:8000` for every address), `unix:/path?mode=0660` or `off`; undefined when it is none
 * of them. A socket's mode is 0600 unless said.
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text === "off") return { kind: "off" };

  const unix = /^unix:(?<path>\/[^?]+)(\?mode=0?(?<mode>[0-7]{3}))?$/.exec(text)?.groups;
  if (unix?.["path"] !== undefined) return { kind: "unix", path: unix["path"], mode: Number.parseInt(unix["mode"] ?? "600", 8) };

  const tcp = /^(?:\[(?<ipv6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]/?#\s]*)):(?<port>\d{1,5})$/.exec(text)?.groups;
  if (tcp === undefined) return undefined;
  const port = Number(tcp["port"]);
  if (port > 65_535 || (tcp["ipv6"] !== undefined && isIP(tcp["ipv6"]) !== 6)) return undefined;
  return { kind: "tcp", host: tcp["ipv6"] ?? (tcp["host"] || "::"), port };
}

/** Whether only this machine can reach it. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host) || /^::ffff:127\.\d+\.\d+\.\d+$/.test(host);
}
