import { createHash } from "node:crypto";
import { escapeUnprintable } from "#lib/unprintable.ts";
import { invalid, type Refusal } from "./refusal.ts";

/** What the path of a request names (spec/restbackup.md sections 2.2, 4 and 8.2). */
export type RestBackupResource =
  | { readonly kind: "root" }
  | { readonly kind: "archive"; readonly name: ArchiveName }
  /** `/session/<token>`; the listing's address is the one with the slash. */
  | { readonly kind: "session"; readonly token: string; readonly finalSlash: boolean }
  | { readonly kind: "session-archive"; readonly token: string; readonly name: ArchiveName }
  | { readonly kind: "upload"; readonly id: string }
  | { readonly kind: "style" }
  /** Below `/session/` or `/_hub/`, and none of the above. */
  | { readonly kind: "reserved" };

/** A name as a client may give it to a file: decoded, with its leading slash; at most 1024 bytes of UTF-8. */
export type ArchiveName = `/${string}`;

export interface RestBackupTarget {
  readonly resource: RestBackupResource;
  /** What stood after the first `?`, not decoded; undefined without a question mark. */
  readonly query: string | undefined;
}

export const MOST_NAME_BYTES = 1024;
export const MOST_SEGMENT_BYTES = 255;
/** Where the style sheet of the pages is found, for everyone: the page of a session and the page of one that has ended need it too. */
export const STYLE_PATH = "/_hub/style.css";

const SESSION = "/session/";
const HUB = "/_hub/";
const UPLOADS = "/_hub/uploads/";
const UPLOAD_ID = /^[A-Za-z0-9]{1,64}$/;
const TOKEN = /^[A-Za-z0-9]{1,64}$/;

/**
 * Reads a request target as it came, because whoever resolves it first stores `/../b` as `/b` (spec section 2.7). Its path is decoded
 * once and nothing else is done to it: no folding, no Unicode form, no collapsing of dots and slashes. Characters above 0x7f stand for the
 * bytes that they are in Latin-1, which is how Node hands them over.
 */
export function parseTarget(raw: string): RestBackupTarget | Refusal {
  const origin = originForm(raw);
  if (origin === undefined) return invalid("The target must be a path that begins with a slash.");
  if (origin.includes("#")) return invalid('A "#" in a name is written as %23.');
  const mark = origin.indexOf("?");
  const path = decodePath(mark < 0 ? origin : origin.slice(0, mark));
  if (typeof path !== "string") return path;
  const query = mark < 0 ? undefined : origin.slice(mark + 1);
  const resource = resourceAt(path);
  return "status" in resource ? resource : { resource, query };
}

/**
 * What of a target may stand in a log: tokens of sessions and ids of uploads open something by themselves, so that only the first
 * six hex digits of their hash are left, however the path was spelled, also where it is refused.
 */
export function loggedTarget(raw: string): string {
  const segments = raw.replace(/^https?:\/\/[^/?#]*/i, "").split("/");
  const words = segments.map(tolerantlyDecoded);
  const first = words.findIndex((word) => word !== "" && word !== "." && word !== "..");
  const at = words[first] === "session" ? first + 1 : words[first] === "_hub" ? first + 2 : undefined;
  const secret = at === undefined ? "" : (segments[at]?.split("?")[0] ?? "");
  if (at === undefined || secret === "") return raw;
  return segments.with(at, `~${createHash("sha256").update(tolerantlyDecoded(secret)).digest("hex").slice(0, 6)}`).join("/");
}

function tolerantlyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function resourceAt(path: string): RestBackupResource | Refusal {
  if (path === "/") return { kind: "root" };
  if (path === STYLE_PATH) return { kind: "style" };
  if (path.startsWith(UPLOADS)) {
    const id = path.slice(UPLOADS.length);
    return UPLOAD_ID.test(id) ? { kind: "upload", id } : { kind: "reserved" };
  }
  if (path.startsWith(HUB)) return { kind: "reserved" };
  if (path.startsWith(SESSION)) return sessionAt(path.slice(SESSION.length));
  const name = parseName(path);
  return typeof name === "string" ? { kind: "archive", name } : name;
}

function sessionAt(rest: string): RestBackupResource | Refusal {
  const slash = rest.indexOf("/");
  const token = slash < 0 ? rest : rest.slice(0, slash);
  if (!TOKEN.test(token)) return { kind: "reserved" };
  if (slash < 0 || slash === rest.length - 1) return { kind: "session", token, finalSlash: slash >= 0 };
  const name = parseName(rest.slice(slash));
  return typeof name === "string" ? { kind: "session-archive", token, name } : name;
}

/** The decoded path as a file's name, or why it is none. */
function parseName(path: string): ArchiveName | Refusal {
  for (const segment of path.slice(1).split("/")) {
    if (segment === "") return invalid('A name has no empty part: no "//", and no slash at its end.');
    if (segment === "." || segment === "..")
      return invalid('"." and ".." cannot be parts of a name. curl sends them with --path-as-is only.');
    if (Buffer.byteLength(segment) > MOST_SEGMENT_BYTES) return tooLong(`Each part of a name may have ${MOST_SEGMENT_BYTES} bytes`);
  }
  if (Buffer.byteLength(path) > MOST_NAME_BYTES) return tooLong(`A name may have ${MOST_NAME_BYTES} bytes, its first slash included`);
  return path as ArchiveName; // it begins with the slash that decodePath has seen
}

function tooLong(rule: string): Refusal {
  return { status: 414, sentence: `${rule}. Choose a shorter one.` };
}

function originForm(raw: string): string | undefined {
  if (raw.startsWith("/")) return raw;
  return /^https?:\/\/[^/?#]+(?<path>\/.*)$/is.exec(raw)?.groups?.["path"];
}

const PLAIN = /^[A-Za-z0-9/_.~-]+$/;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The path decoded once; escapes and plain bytes together must be UTF-8 without control characters. */
function decodePath(path: string): string | Refusal {
  if (PLAIN.test(path)) return path;
  const bytes = new Uint8Array(path.length);
  let end = 0;
  for (let at = 0; at < path.length; at += 1) {
    let byte = path.charCodeAt(at);
    if (byte === 0x25) {
      byte = 16 * hexDigit(path.charCodeAt(at + 1)) + hexDigit(path.charCodeAt(at + 2));
      if (Number.isNaN(byte)) {
        return invalid(`"%${escapeUnprintable(path.slice(at + 1, at + 3))}" is no escape. A plain "%" is written as %25.`);
      }
      if (byte === 0x2f) return invalid("A slash inside of a part of a name (%2F) cannot be stored.");
      at += 2;
    }
    if (byte > 0xff) return notUtf8();
    bytes[end++] = byte;
  }
  let decoded: string;
  try {
    decoded = UTF8.decode(bytes.subarray(0, end));
  } catch {
    return notUtf8();
  }
  return /\p{Cc}/u.test(decoded) ? invalid("A name holds no control characters.") : decoded;
}

/** NaN for what is none. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = (code | 0x20) - 0x61;
  return code >= 0x41 && letter >= 0 && letter < 6 ? letter + 10 : Number.NaN;
}

function notUtf8(): Refusal {
  return invalid("A name must be UTF-8.");
}
