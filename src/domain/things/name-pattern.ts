import { createHash } from "node:crypto";
import { longestStart } from "#lib/longest-start.ts";

const MOST_BYTES = 240;
const DIGITS = 16;

/**
 * What the names of one thing have in common: what changes from backup to backup gives way to a word in braces.
 *
 * - `{date}`   a day, with a time or without: `20100523`, `2026-11-21T0300`, `21.11.2026`, `2026/11/21`, `1795230000`
 * - `{month}`, `{week}`, `{year}`   `202611` or `2026-11`, `2026-W47`, and a folder for each year where something else changes too
 * - `{level}`  of a chain: `full`, `inc3`, `diff`
 * - `{n}`      a number that stands alone in a name without a day
 *
 * What a person would tell apart stays apart, and in doubt two things are better than one: of two that are taken for one, the one that
 * goes on hides that the other has stopped. So numbers stay where they are attached to letters (`host1`, `v2`), where a day says already
 * which backup it is (`vm-101-20261121`), where there are several of them, in names of folders, and where they are years or parts of
 * an address or a version. At most 240 bytes; what is longer is cut and completed with a digest. A brace of the name's own is doubled.
 */
export function namePattern(name: string): string {
  const doubled = name.replace(/[{}]/g, "$&$&");
  const dated = replaceDates(doubled);
  const levelled = replaceLevels(dated);
  const counted = DAY.test(levelled) ? levelled : replaceCounter(levelled);
  const pattern = CHANGES.test(counted) ? replaceYearFolders(counted) : counted;
  if (Buffer.byteLength(pattern) <= MOST_BYTES) return pattern;
  const digest = createHash("sha256").update(pattern).digest("hex").slice(0, DIGITS);
  return `${longestStart(pattern, MOST_BYTES - DIGITS - 1)}~${digest}`;
}

/** Whether an archive holds only what has changed since another one: its size says nothing about the whole. */
export function isIncrement(name: string): boolean {
  const level = LEVEL.exec(replaceDates(name))?.groups?.["level"] ?? "";
  return level !== "" && !/^full/i.test(level);
}

const YEAR = "(?:19[7-9]\\d|20\\d\\d)";
const MONTH = "(?:0[1-9]|1[0-2])";
const DAY_OF_MONTH = "(?:0[1-9]|[12]\\d|3[01])";
const MONTH_NAME =
  "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const HOUR = "(?:[01]\\d|2[0-4])";
const SIXTY = "(?:[0-5]\\d|60)";

/** The separator of a day's parts is one and the same, or there is none. */
const DAYS = [
  `${YEAR}(?<s1>[-_. /]?)${MONTH}\\k<s1>${DAY_OF_MONTH}`,
  `${DAY_OF_MONTH}(?<s2>[-_. ]?)${MONTH}\\k<s2>${YEAR}`,
  `${MONTH}(?<s3>[-_.])${DAY_OF_MONTH}\\k<s3>${YEAR}`, // as written in the United States
  `${YEAR}(?<s4>[-_. /]?)${MONTH_NAME}\\k<s4>${DAY_OF_MONTH}`,
  `${DAY_OF_MONTH}(?<s5>[-_. ]?)${MONTH_NAME}\\k<s5>${YEAR}`,
  `${MONTH_NAME}(?<s6>[-_. ])${DAY_OF_MONTH}\\k<s6>${YEAR}`,
].join("|");

/** Two digits are an hour; of `101` none is, and it stays. */
const TIME = `(?:[-_. ]?T|[-_. @]|[-_ ]?at[-_ ]?)?${HOUR}(?:[-_:.h]?${SIXTY}(?:[-_:.m]{0,2}${SIXTY}(?:[.,]\\d{1,9})?)?)?[hms]?`;
const ZONE = "(?:[-_ ]?(?:Z|UTC|GMT|CES?T)|[+-]\\d\\d:?\\d\\d)?";
/** What stands behind a stamp is no part of a longer number or word. */
const END = "(?![A-Za-z0-9])";
/** The first number of an address may look like an hour. */
const NO_ADDRESS = "(?![-_. @](?:(?:0|[1-9]\\d{0,2})\\.){3}(?:0|[1-9]\\d{0,2})(?!\\d))";
/** Says no more than the date. Spelled out, because `mon` and `sun` are names of machines. */
const WORD =
  "(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|november|december)";
const WORD_BEHIND = `(?:[-_. ]${WORD}${END})?`;

// A letter before it is no hindrance, because `db20261121` is how many write it, and behind it only one alone: `20261121a`.
const DATE = new RegExp(
  `(?<!\\d)(?:(?<![A-Za-z])${WORD}[-_. ])?(?:${DAYS})(?:${NO_ADDRESS}${TIME}${ZONE}${END}${WORD_BEHIND}|${END}${WORD_BEHIND}|(?=[A-Za-z]${END}))`,
  "gi",
);
/** Seconds or milliseconds since 1970, from 2001 to 2049. */
const EPOCH = /(?<![0-9.])(?:1\d{9}|2[0-4]\d{8})(?:\d{3})?(?![A-Za-z0-9])/g;
const UUID = /(?<![A-Za-z0-9])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![A-Za-z0-9])/gi;

const LONE_YEAR = "(?:199\\d|20[0-4]\\d)";
const WEEK = new RegExp(`(?<![A-Za-z0-9])${LONE_YEAR}[-_. ]?(?:W|KW)[-_ ]?(?:0[1-9]|[1-4]\\d|5[0-3])${END}`, "gi");
const IN_MONTH = new RegExp(
  `(?<![A-Za-z0-9.]|[0-9][-_])(?:${LONE_YEAR}[-_/]?${MONTH}|${LONE_YEAR}[-_/ ]?${MONTH_NAME}|${MONTH_NAME}[-_ ]?${LONE_YEAR})(?![A-Za-z0-9]|[-_.]\\d)`,
  "gi",
);

function replaceDates(name: string): string {
  // What is random looks like a date now and then.
  return outside(UUID, name, (text) =>
    text.replace(DATE, "{date}").replace(EPOCH, "{date}").replace(WEEK, "{week}").replace(IN_MONTH, "{month}"),
  );
}

/** A word of its own behind something else: `/full.tar` is a name. Without a number it shows only beside a date: `code-diff.patch`. */
const LEVEL =
  /(?<=[^/][-_.])(?<level>full|(?:incr?|incremental|diff|differential)[-_]?\d{1,4}|(?:incr?|incremental|diff|differential|level[-_]?\d)(?=.*\{date\}|(?<=\{date\}.*)))(?=[-_.][^/]*$|$)/i;

function replaceLevels(name: string): string {
  return name.replace(LEVEL, "{level}");
}

const DAY = /\{date\}/;
const CHANGES = /\{(?:date|month|week|level|n)\}/;

/** A number alone: no letter, no second number, no address and no version beside it. */
function replaceCounter(name: string): string {
  const start = name.lastIndexOf("/") + 1;
  const last = name.slice(start);
  const numbers = [...outside(UUID, last, (text) => text, "").matchAll(/(?<![\p{L}\p{N}])\d+(?![\p{L}\p{N}])/gu)];
  const [number, ...others] = numbers.map(([digits]) => digits);
  if (number === undefined || others.length > 0 || number.length > 9 || new RegExp(`^${LONE_YEAR}$`).test(number)) return name;
  const counted = outside(UUID, last, (text) => text.replace(/(?<![\p{L}\p{N}])\d+(?![\p{L}\p{N}])/u, "{n}"));
  return name.slice(0, start) + counted;
}

function replaceYearFolders(name: string): string {
  return name.replace(new RegExp(`(?<=/)${LONE_YEAR}(?=/)`, "g"), "{year}");
}

/** What `change` makes of everything but the matches of `pattern`, which stay, or give way to `instead`. */
function outside(pattern: RegExp, text: string, change: (part: string) => string, instead?: string): string {
  let changed = "";
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    changed += change(text.slice(at, match.index)) + (instead ?? match[0]);
    at = match.index + match[0].length;
  }
  return changed + change(text.slice(at));
}
