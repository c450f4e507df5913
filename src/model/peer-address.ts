/**
 * Where the other end of a connection is: an IP address as `parseIpAddress` writes it, or `unix` for a unix socket. There is always one:
 * a connection of the network whose address is not known is not served, and must not pass for somebody on this machine.
 */
export type PeerAddress = "unix" | `${string}.${string}` | `${string}:${string}`;
