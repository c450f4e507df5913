import type { Socket } from "node:net";
import type { Door } from "#http/exchange.ts";
import type { ListenAddress } from "#lib/listen-address.ts";
import type { Log } from "#lib/log.ts";
import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import type { LoggedRequests } from "./access-log.ts";

/** A door and the prefix that leads to it. */
export interface Mount {
  /** The first segment of the path; `""` takes whatever no other mount of the listener does. */
  readonly prefix: string;
  readonly door: Door;
}

/** Whose certificates clients may show. */
export interface ClientCertificates {
  /** Certificates of the authorities that sign them, PEM. */
  readonly caPath: string;
  /** Without one that is signed by them there is no connection. */
  readonly required: boolean;
}

/** Where a certificate and its key lie, both PEM. */
export interface TlsOptions {
  readonly certPath: string;
  readonly keyPath: string;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** Undefined: clients are asked for none. */
  readonly clients?: ClientCertificates | undefined;
}

/**
 * For a listener with one door, at its root, whose names are data and no paths: every target reaches it, also what looks like no path or
 * like one of the hub's own files, and every `Expect`. It reads `Exchange.rawTarget`, and its `target` is empty.
 */
export interface RawTargets {
  /** What of a target may stand in the log: those that open something by themselves may not. */
  readonly logged: (target: string) => string;
}

/** One place to listen, and what stands behind it. */
export interface ListenerOptions {
  /** `main`, `restic`; the settings that errors name end in it. */
  readonly name: string;
  readonly address: ListenAddress;
  readonly tls: TlsOptions | undefined;
  /** URLs under which people call it; a `Host` other than theirs, loopback's and its own address is refused. */
  readonly publicUrls: readonly string[];
  readonly mounts: readonly Mount[];
  /** HTTP/2 is not offered, for clients that cannot read its answers. */
  readonly http1Only?: boolean;
  /** Undefined: targets are read before a door sees them, and those that name nothing never reach one. */
  readonly rawTargets?: RawTargets | undefined;
}

/** Proxies that are believed. */
export interface ProxyOptions {
  /** IP addresses, CIDR ranges, or `unix` for whoever comes through a unix socket. */
  readonly peers: readonly string[];
  /** Header in which they name the user who has signed in with them. */
  readonly userHeader: string | undefined;
}

export interface GateOptions {
  readonly listeners: readonly ListenerOptions[];
  readonly limits: Limits;
  readonly proxy: ProxyOptions;
  readonly log: Log;
  /** `all` unless it says otherwise. */
  readonly logRequests?: LoggedRequests;
  readonly clock: Clock;
  /** Nothing listens here: another process accepts the connections and hands them over, see `Gate.take`. */
  readonly takesGiven?: boolean;
}

/** A connection that a `Reception` has accepted, in the process that is to serve it. */
export interface GivenConnection {
  readonly listener: string;
  readonly socket: Socket;
  /** Of its other end, as it was when it was accepted: the socket itself may have forgotten it. */
  readonly address: PeerAddress;
  /** Its address has too many: it is only told so. */
  readonly surplus: boolean;
}

/** Listeners that are open. Disposing is closing. */
export interface Gate extends AsyncDisposable {
  /** Where it listens, by listener: `http://127.0.0.1:8000`, `https://[::1]:8000`, `unix:/path`. One that is off is left out. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Reads the certificates again, whether their files look changed or not. A pair that cannot be used is logged and the old one kept. */
  reloadCertificates(): Promise<void>;
  /**
   * Serves a connection that another process has accepted. Must be called in the very turn of the event loop in which the socket has come:
   * what the client has sent would be lost otherwise.
   */
  take(given: GivenConnection): void;
  /**
   * Gives way to another process, which takes all new connections. Requests on those that are open are answered as ever, but each answer
   * over HTTP/1.1 says that it is the last, a session of HTTP/2 says so once a request has come, and what is idle stays until it has been
   * for `keepAliveTimeoutMs`: its client may be about to send. Resolves when no connection is left.
   */
  retire(): Promise<void>;
  /** Stops accepting, lets requests end for up to `shutdownMs`, then destroys what is left. */
  close(): Promise<void>;
}
