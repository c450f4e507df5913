/**
 * Whether an `Accept` header names this very media type, whatever else it names, and not with `q=0`. Wildcards and a missing header
 * do not name it. `mediaType` is lower case.
 */
export function acceptsMediaType(header: string | undefined, mediaType: string): boolean {
  return weight(header, mediaType) > 0;
}

/**
 * How much an `Accept` header wants this media type, from 0 to 1, whether it names the type, its kind (`text/*`) or all (`*\/*`): the most
 * exact of them counts. `mediaType` is lower case. Without a header everything is wanted.
 */
export function mediaTypeWeight(header: string | undefined, mediaType: string): number {
  if (header === undefined) return 1;
  for (const name of [mediaType, mediaType.replace(/\/.*$/, "/*"), "*/*"]) {
    const named = weight(header, name);
    if (!Number.isNaN(named)) return named;
  }
  return 0;
}

/** Whether an `Accept-Encoding` header allows `coding`, by its name or by `*`, and not with `q=0`. `coding` is lower case. */
export function acceptsEncoding(header: string | undefined, coding: string): boolean {
  const named = weight(header, coding);
  return (Number.isNaN(named) ? weight(header, "*") : named) > 0;
}

/** The `q` of the list's element called `name`, NaN when there is none. One that cannot be read counts as 0. */
function weight(header: string | undefined, name: string): number {
  for (const element of (header ?? "").split(",")) {
    const [value, ...parameters] = element.split(";").map((part) => part.trim().toLowerCase());
    if (value !== name) continue;
    const quality = parameters.find((parameter) => /^q\s*=/.test(parameter));
    if (quality === undefined) return 1;
    return /^q\s*=\s*(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(quality) ? Number(quality.replace(/^q\s*=\s*/, "")) : 0;
  }
  return Number.NaN;
}
