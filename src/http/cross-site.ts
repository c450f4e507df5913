import type { IncomingHttpHeaders } from "node:http";

/**
 * Whether a browser sends this for a page of another site. Programs that are no browsers send neither header. `ownOrigins` are those under
 * which people call the hub; the name that this very request was sent to is always one.
 */
export function isCrossSite(headers: IncomingHttpHeaders, ownOrigins: ReadonlySet<string>): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return true; // "none": typed by the person
  const { origin, host } = headers;
  if (origin === undefined || ownOrigins.has(origin)) return false;
  return host === undefined || URL.parse(origin)?.host !== host.toLowerCase();
}

/** The origins of those URLs. */
export function originsOf(urls: readonly string[]): ReadonlySet<string> {
  return new Set(urls.map((url) => new URL(url).origin));
}
