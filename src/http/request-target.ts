/** A request target, split and decoded by hand: `new URL` resolves `..` and takes `//x` for a host (spec/restic-rest.md section 7.2). */
export interface RequestTarget {
  /** Decoded segments; none of them is empty, `.` or `..`, or holds a slash, a backslash or a control character. */
  readonly segments: readonly string[];
  /** Whether the path ended in a slash; true for `/`. */
  readonly trailingSlash: boolean;
  /** What stood after the first `?`, not decoded; `""` without one. */
  readonly query: string;
}

/**
 * Parses an origin-form (`/a/b?c`) or absolute-form (`http://host/a/b`, only its path counts) target. Undefined for everything that
 * names no resource: any empty, `.` or `..` segment, escaped or not; an escaped or plain slash, backslash or control character
 * inside a segment; broken percent-encoding or UTF-8; a byte that may not stand in a target unescaped (spaces, anything outside
 * ASCII); a fragment; `*` and CONNECT's authority form.
 */
export function parseRequestTarget(raw: string): RequestTarget | undefined {
  if (PLAIN.test(raw)) return plainTarget(raw);
  if (!/^[\x21\x22\x24-\x7e]+$/.test(raw)) return undefined; // 0x23 is the fragment's #
  const origin = originForm(raw);
  if (origin === undefined) return undefined;
  const mark = origin.indexOf("?");
  const path = mark < 0 ? origin : origin.slice(0, mark);
  const query = mark < 0 ? "" : origin.slice(mark + 1);

  const parts = path.slice(1).split("/");
  const trailingSlash = parts.at(-1) === "";
  if (trailingSlash) parts.pop();
  const segments: string[] = [];
  for (const part of parts) {
    const segment = decodeSegment(part);
    if (segment === undefined) return undefined;
    segments.push(segment);
  }
  return { segments, trailingSlash, query };
}

/** What nearly all targets are: no query, nothing escaped, no segment that begins with a dot. */
const PLAIN = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+\/?$/;

function plainTarget(raw: string): RequestTarget {
  const segments = raw.slice(1).split("/");
  const trailingSlash = segments.at(-1) === "";
  if (trailingSlash) segments.pop();
  return { segments, trailingSlash, query: "" };
}

/** The target without its leading `count` segments. */
export function targetBelow(target: RequestTarget, count: number): RequestTarget {
  return { ...target, segments: target.segments.slice(count) };
}

/** The `host:port` of an absolute-form target, which then counts instead of the `Host` header (RFC 9112 section 3.2.2). */
export function targetAuthority(raw: string): string | undefined {
  return /^https?:\/\/(?<authority>[^/?#]+)/i.exec(raw)?.groups?.["authority"];
}

function originForm(raw: string): string | undefined {
  if (raw.startsWith("/")) return raw;
  return /^https?:\/\/[^/?#]+(?<path>\/.*)$/i.exec(raw)?.groups?.["path"];
}

function decodeSegment(part: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(part); // throws on broken escapes and on bytes that are not UTF-8
  } catch {
    return undefined;
  }
  if (decoded === "" || decoded === "." || decoded === "..") return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return /[\u0000-\u001f\u007f-\u009f/\\]/.test(decoded) ? undefined : decoded;
}
