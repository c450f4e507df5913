import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { parseIpAddress } from "./ip-address.ts";

/** The two ends of a TCP connection as this end sees them. */
export interface SocketEnds {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];
const ESTABLISHED = "01";

/**
 * The user of the process at the other end of a connection within this machine. Undefined when that cannot be known: on another system
 * than Linux, or when the socket has no living owner. `mostBytes` bounds how much of each table of the system is read.
 */
export async function findPeerUid(ends: SocketEnds, mostBytes: number): Promise<number | undefined> {
  if (process.platform !== "linux") return undefined;
  for (const table of TABLES) {
    const uid = await findInTable(table, ends, mostBytes);
    if (uid !== undefined) return uid;
  }
  return undefined;
}

async function findInTable(table: string, ends: SocketEnds, mostBytes: number): Promise<number | undefined> {
  const stream = createReadStream(table, { end: mostBytes - 1 });
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) {
      const uid = uidOf(line, ends);
      if (uid !== undefined) return uid;
    }
  } catch {
    return undefined; // a system without IPv6 has no such table
  } finally {
    lines.close();
    stream.destroy();
  }
  return undefined;
}

/** The user of a line of the table, when it is the other end's socket of that very connection and belongs to somebody. */
export function uidOf(line: string, ends: SocketEnds): number | undefined {
  const [, local, remote, state, , , , uid, , inode] = line.trim().split(/\s+/);
  // A socket that was closed while data was under way goes on without an owner, and the table then says root: it has no inode and is no
  // longer established. Whoever sends a request and closes at once must not pass for root.
  if (state !== ESTABLISHED || inode === undefined || inode === "0" || uid === undefined || !/^\d+$/.test(uid)) return undefined;
  const isPeer =
    isEnd(local, { address: ends.remoteAddress, port: ends.remotePort }) &&
    isEnd(remote, { address: ends.localAddress, port: ends.localPort });
  return isPeer ? Number(uid) : undefined;
}

function isEnd(text: string | undefined, { address, port }: { readonly address: string; readonly port: number }): boolean {
  const [hex = "", portHex = ""] = (text ?? "").split(":");
  return Number.parseInt(portHex, 16) === port && addressOf(hex) === parseIpAddress(address);
}

/** The table writes each 32 bits of an address as one number, in the byte order of the machine. */
function addressOf(hex: string): string | undefined {
  const words = hex.match(/[0-9A-F]{8}/g) ?? [];
  const bytes = words.flatMap((word) => {
    const inOrder = [0, 2, 4, 6].map((at) => Number.parseInt(word.slice(at, at + 2), 16));
    return LITTLE_ENDIAN ? inOrder.reverse() : inOrder;
  });
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16));
  return parseIpAddress(groups.join(":"));
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
