import type { OutgoingHttpHeader, OutgoingHttpHeaders } from "node:http";

/** Header fields as names and values in turn: what Node writes without looking for its own. */
export type RawHeaders = OutgoingHttpHeader[];

/** The same, of fields that may be named in either way; what is undefined is left out. */
export function rawHeaders(headers: OutgoingHttpHeaders | RawHeaders | undefined): RawHeaders {
  if (Array.isArray(headers)) return headers;
  const raw: RawHeaders = [];
  for (const [name, value] of Object.entries(headers ?? {})) if (value !== undefined) raw.push(name, value);
  return raw;
}
