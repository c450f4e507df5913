import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { parseIpAddress } from "#lib/ip-address.ts";
import { untilAborted } from "#lib/until-aborted.ts";
import type { Limits } from "#limits.ts";
import type { Reach } from "./reach.ts";

/** Addresses of a host name, best first. Throws the system's error when it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** All that a call of another service needs to know of the world. */
export interface WayOut {
  readonly reach: Reach;
  readonly resolve: Resolve;
  readonly limits: Limits;
  /** Certificates of authorities (PEM) that count beside those that Node knows. */
  readonly authorities?: readonly string[];
}

/**
 * - `bad_target`  not a URL or host that is ever called
 * - `refused`     an address that may not be reached
 * - `unresolved`  the name has no address, or nobody says so now
 * - `unreachable` no connection
 * - `tls`         no trust: certificate or handshake
 * - `timeout`     too slow
 * - `broken`      the connection ended, or what came is not the protocol
 */
export type WayOutProblem = "bad_target" | "refused" | "unresolved" | "unreachable" | "tls" | "timeout" | "broken";

/** A call that came to nothing. The message is a sentence that names the host and its port, and nothing else of the URL: paths hold secrets. */
export class WayOutError extends Error {
  override readonly name = "WayOutError";
  readonly problem: WayOutProblem;

  constructor(problem: WayOutProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

/** An address that may be reached, as Node's `lookup` functions give it. */
export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

const MOST_ADDRESSES = 8;

/** As the system resolves names, `/etc/hosts` included. */
export async function systemResolve(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true, order: "verbatim" })).map(({ address }) => address);
}

/**
 * Where the host is, asked once; the connection is made to these addresses, so that a name cannot mean another place a moment later. Of
 * several, those that may not be reached are left out. Throws `WayOutError`.
 */
export async function findAddresses(
  way: WayOut,
  host: string,
  signal: AbortSignal,
): Promise<readonly [CheckedAddress, ...CheckedAddress[]]> {
  let found: readonly string[];
  try {
    found = isIP(host) === 0 ? await untilAborted(way.resolve(host), signal) : [host];
  } catch (cause) {
    signal.throwIfAborted();
    throw new WayOutError("unresolved", `The name ${host} was not found (${codeOf(cause)}).`, { cause });
  }
  const addresses = found.map((text) => parseIpAddress(text)).filter((address) => address !== undefined);
  const [first, ...more] = addresses.filter(way.reach).slice(0, MOST_ADDRESSES).map(checked);
  if (first !== undefined) return [first, ...more];
  if (addresses.length === 0) throw new WayOutError("unresolved", `The name ${host} has no address.`);
  throw new WayOutError("refused", `${host} is at ${addresses[0]}, which may not be called; outgoing.allow can allow it.`);
}

function checked(address: string): CheckedAddress {
  return { address, family: isIP(address) === 6 ? 6 : 4 };
}

/** What went wrong with a connection, in our words; `at` is its host and port. */
export function connectionError(at: string, error: unknown): WayOutError {
  if (error instanceof WayOutError) return error;
  const code = codeOf(error);
  const sentence = CONNECTION_SENTENCES[code];
  if (sentence !== undefined) return new WayOutError("unreachable", `${at} ${sentence} (${code}).`, { cause: error });
  if (/CERT|SELF_SIGNED|ALTNAME|^ERR_SSL|^ERR_TLS|^EPROTO$|ISSUER|SIGNATURE|CRL/.test(code)) {
    return new WayOutError("tls", `TLS with ${at} failed (${code}).`, { cause: error });
  }
  return new WayOutError("broken", `The connection to ${at} broke off (${code}).`, { cause: error });
}

const CONNECTION_SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "takes no connections",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached",
  EADDRNOTAVAIL: "cannot be reached",
  ETIMEDOUT: "does not answer",
};

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "no code";
}
