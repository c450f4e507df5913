// Control characters could move the cursor or change the window's title; marks that turn the direction of writing (Unicode's Bidi_Control)
// could hide what a line says.
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** The text with everything escaped (`\\u001b`) that would steer a terminal; but for line feeds, when they are `kept`. */
export function escapeUnprintable(text: string, { lineFeeds = "escaped" }: { readonly lineFeeds?: "escaped" | "kept" } = {}): string {
  return text.replace(UNPRINTABLE, (character) => {
    if (character === "\n" && lineFeeds === "kept") return character;
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}
