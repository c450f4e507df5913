import { escapeUnprintable } from "#lib/unprintable.ts";

/** The text with everything escaped (`\u001b`) that would steer a terminal. */
export function printable(text: string): string {
  return escapeUnprintable(text);
}

/** One JSON value for scripts, indented, with its line feed; safe for terminals too. `undefined` is left out, as JSON has none. */
export function printableJson(value: unknown): string {
  // JSON.stringify escapes what lies below U+0020 inside strings; what is left of that are its own line feeds.
  return `${escapeUnprintable(JSON.stringify(value, undefined, 2), { lineFeeds: "kept" })}\n`;
}
