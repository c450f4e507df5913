import { once } from "node:events";
import { chmod, lstat, stat, unlink } from "node:fs/promises";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import type { ListenAddress } from "#lib/listen-address.ts";

/** Where and for whom a server is to listen. */
export interface BindOptions {
  /** Name of the listener; the flag that moves it ends in it. */
  readonly listener: string;
  readonly address: Exclude<ListenAddress, { readonly kind: "off" }>;
  readonly secure: boolean;
}

/**
 * Makes `server` listen. Resolves to where it does, as a URL or `unix:/path`. Throws a sentence that names the address, what is
 * wrong with it and the flag that moves it.
 */
export async function bind(server: Server, { listener, address, secure }: BindOptions): Promise<string> {
  if (address.kind === "unix") {
    await bindUnix(server, address, listener);
    return `unix:${address.path}`;
  }
  try {
    await listening(server, () => server.listen({ host: address.host, port: address.port }));
  } catch (cause) {
    throw explained(cause, address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`, listener);
  }
  const bound = server.address();
  const port = bound === null || typeof bound === "string" ? address.port : bound.port;
  return `${secure ? "https" : "http"}://${address.host.includes(":") ? `[${address.host}]` : address.host}:${port}`;
}

async function bindUnix(server: Server, { path, mode }: { readonly path: string; readonly mode: number }, listener: string): Promise<void> {
  await removeStale(path, listener);
  try {
    await stat(dirname(path)); // Node tells of a missing folder as if it were forbidden
    await listening(server, () => {
      // Binding is synchronous here, and the mask makes the file right from its first moment: nobody can connect before the mode is set.
      const mask = process.umask(0o777 & ~mode);
      try {
        server.listen({ path });
      } finally {
        process.umask(mask);
      }
    });
    await chmod(path, mode);
  } catch (cause) {
    if (server.listening) server.close();
    throw explained(cause, path, listener);
  }
}

/** A socket file that nobody listens on is left from a process that was killed. */
async function removeStale(path: string, listener: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return; // a folder that cannot be read fails the binding, with the better reason
  if (!found.isSocket())
    throw new Error(`Cannot listen on ${path}: it exists and is no socket. Choose another path with --listen-${listener}.`);

  const probe = connect({ path });
  try {
    await once(probe, "connect", { signal: AbortSignal.timeout(2000) });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code; // connecting fails with a system error, or with the abort's
    if (code === "ECONNREFUSED") await unlink(path);
    if (code === "ECONNREFUSED" || code === "ENOENT") return;
    throw explained(error, path, listener);
  } finally {
    probe.destroy();
  }
  throw explained({ code: "EADDRINUSE" }, path, listener);
}

async function listening(server: Server, listen: () => void): Promise<void> {
  const ready = once(server, "listening"); // rejects on "error"
  try {
    listen();
  } catch (error) {
    ready.catch(() => undefined);
    throw error;
  }
  await ready;
}

function explained(cause: unknown, address: string, listener: string): Error {
  const code = String((cause as { readonly code?: unknown }).code); // whatever was thrown: a missing code is named as such
  const problems: Readonly<Record<string, string>> = {
    EADDRINUSE: "another program already listens there",
    EACCES: "this user may not listen there",
    EPERM: "this user may not listen there",
    EADDRNOTAVAIL: "this machine has no such address",
    ENOTFOUND: "there is no such host name",
    ENOENT: "its folder does not exist",
    EINVAL: "the path is too long for a socket, or not valid",
  };
  return new Error(`Cannot listen on ${address}: ${problems[code] ?? code}. Choose another place with --listen-${listener}.`, { cause });
}
