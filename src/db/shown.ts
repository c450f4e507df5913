const MOST_CHARACTERS = 32; // leaves room for the sentence around it within the 80 of a HubError

/** A name or path as it may stand in a HubError's message: plain ASCII, short; what was cut away shows as `...`. */
export function shown(text: string): string {
  const ascii = text.replace(/[^\x20-\x7e]/gu, "?");
  return ascii.length <= MOST_CHARACTERS ? ascii : `${ascii.slice(0, MOST_CHARACTERS - 3)}...`;
}
