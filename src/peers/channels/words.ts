import { escapeUnprintable } from "#lib/unprintable.ts";
import type { Notice } from "#model/alarm.ts";

/** How a target writes one character so that it means nothing but itself. */
export type EscapeCharacter = (character: string) => string;

const itself: EscapeCharacter = (character) => character;

/**
 * The text in at most `mostUnits` UTF-16 units after escaping, cut between characters with an ellipsis at the end; marks that steer a
 * terminal or turn the direction of writing are shown as escapes, half surrogates as U+FFFD.
 */
export function fitted(text: string, mostUnits: number, escaped: EscapeCharacter = itself): string {
  return cut(escapeUnprintable(text.toWellFormed(), { lineFeeds: "kept" }), mostUnits, escaped, (piece) => piece.length);
}

/** The same in bytes of UTF-8, for services that count those. */
export function fittedBytes(text: string, mostBytes: number): string {
  return cut(escapeUnprintable(text.toWellFormed(), { lineFeeds: "kept" }), mostBytes, itself, (piece) => Buffer.byteLength(piece));
}

/** The same on one line, for headers and titles. */
export function oneLine(text: string, mostUnits: number, escaped: EscapeCharacter = itself): string {
  return fitted(text.replace(/\s+/g, " ").trim(), mostUnits, escaped);
}

/** The notice's text with the address where more is to be seen. */
export function textOf(notice: Notice): string {
  return notice.url === undefined ? notice.text : `${notice.text}\n${notice.url}`;
}

function cut(text: string, most: number, escaped: EscapeCharacter, measure: (piece: string) => number): string {
  const ellipsis = "…";
  const room = most - measure(ellipsis);
  let taken = "";
  let size = 0;
  let kept = ""; // what can still stand when the end has to be an ellipsis
  for (const character of text) {
    const piece = escaped(character);
    size += measure(piece);
    if (size > most) return kept + ellipsis;
    taken += piece;
    if (size <= room) kept = taken;
  }
  return taken;
}
