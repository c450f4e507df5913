// Control characters could move the cursor or change the window's title; marks of writing direction could hide what a line says.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The text with everything escaped (`\u001b`) that would steer a terminal. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}

/** One JSON value for scripts, indented, with its line feed; safe for terminals too. `undefined` is left out, as JSON has none. */
export function printableJson(value: unknown): string {
  // JSON.stringify escapes what lies below U+0020 inside strings; what is left of that are its own line feeds.
  return `${JSON.stringify(value, undefined, 2).replace(UNPRINTABLE, (character) => (character === "\n" ? character : escapeCharacter(character)))}\n`;
}

function escapeCharacter(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
