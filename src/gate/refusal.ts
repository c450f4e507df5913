import { STATUS_CODES } from "node:http";

/** A request that the gate answers itself, before any door. */
export interface Refusal {
  readonly status: number;
  /** For people; the status' own words when there is nothing more to say. */
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The text of a refusal's body. */
export function refusalText({ status, reason }: Refusal): string {
  return `${reason ?? STATUS_CODES[status] ?? "Refused"}\n`;
}

/** A whole HTTP/1.1 reply, for a connection on which no request could be read. */
export function rawRefusal(status: number, id: string): string {
  const body = refusalText({ status });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${body.length}`,
    "X-Content-Type-Options: nosniff",
    `X-Request-Id: ${id}`,
    `Date: ${new Date().toUTCString()}`,
    "Connection: close",
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
