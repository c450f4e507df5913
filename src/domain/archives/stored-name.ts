import { createHash } from "node:crypto";
import { longestStart } from "#lib/longest-start.ts";

/** A name that needs more bytes than this is cut. With the longest ending and mark it stays below 200. */
const MOST_BYTES = 180;
/** How much of a name that is cut stays. */
const HEAD_BYTES = 130;
const CUT_DIGITS = 24;
const CLASH_DIGITS = 8;

/**
 * The file name under which an archive lies in its account's folder: the archive's name as one segment that every file system takes as it
 * is, at most 200 bytes. `attempt` counts from 0; whoever finds that another archive has the same `storedNameKey` asks again with the next.
 *
 * Without a `~` in it the name can be read back: `/` and its percent-decoded form. A `~` of the archive's own is escaped, so that one that
 * stands there says: cut, or marked because of a clash. It also keeps clients away from `PROGRA~1`, which on Windows is another name of
 * another file. Digests are of the whole name, so what was cut stays apart; a clash gets a mark before its ending, `data~1f3a09bc.tar.gz`,
 * that is another for each name: a number would have to be counted up through all spellings of one name.
 */
export function storedName(name: string, attempt: number): string {
  if (!name.startsWith("/") || name === "/" || !name.isWellFormed()) throw new Error(`Not the name of an archive: ${JSON.stringify(name)}`);
  const parts = escapedParts(name.slice(1));
  const whole = parts.join("");
  const fits = Buffer.byteLength(whole) <= MOST_BYTES;
  if (fits && attempt === 0) return whole;

  const ending = ENDING.exec(whole)?.[0] ?? "";
  const stem = fits ? whole.slice(0, whole.length - ending.length) : longestStart(parts, HEAD_BYTES);
  const cut = fits ? "" : `~${digest(name).slice(0, CUT_DIGITS)}`;
  const mark = attempt === 0 ? "" : `~${digest(`${attempt} ${name}`).slice(0, CLASH_DIGITS)}`;
  return `${stem}${cut}${mark}${ending}`;
}

/** `.tar.gz`, `.sql`: what tells a person and a program what is in a file; of plain letters, so at most 18 bytes. */
const ENDING = /(?:\.[A-Za-z][A-Za-z0-9]{0,7}){1,2}$/;

/**
 * Two stored names with one key may be one file: on macOS and Windows case and composition of letters do not tell names apart. The key is
 * coarser than any of them (compatibility forms, `ß` and `ss` are the same), which costs a mark and never a file.
 */
export function storedNameKey(storedName: string): string {
  return storedName.normalize("NFKD").toUpperCase().toLowerCase().normalize("NFKD");
}

/**
 * What is escaped wherever it stands: what separates paths or has a meaning to Windows or to this escaping itself; what is no visible
 * character, because file systems leave it out, refuse it, or show names that are not what they say; and what is in no Unicode yet.
 */
const STUMBLES = /[%~/\\<>:"|?*\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Windows opens the device, whatever follows the dot. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|$)/i;

/** Each character as it is or escaped, so that a cut between two of them leaves no half. */
function escapedParts(name: string): string[] {
  const characters = [...name];
  const last = characters.length - 1;
  const device = DEVICE.test(name);
  return characters.map((character, at) => {
    const stumbles =
      STUMBLES.test(character) ||
      (at === 0 && (character === "." || device)) || // a leading dot hides a file, and `.hub-` is ours
      (at === last && (character === "." || character === " ")); // Windows leaves them out
    return stumbles ? escaped(character) : character;
  });
}

function escaped(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
