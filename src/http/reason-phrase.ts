const MOST_CHARACTERS = 80;

/**
 * What may stand as an HTTP/1.1 reason phrase: printable ASCII, at most 80 characters. Undefined when nothing is left of it, since
 * an empty phrase confuses old clients.
 */
export function reasonPhrase(text: string | undefined): string | undefined {
  const phrase = (text ?? "")
    .replace(/[^\x20-\x7e]+/g, "?")
    .slice(0, MOST_CHARACTERS)
    .trim();
  return phrase === "" ? undefined : phrase;
}
