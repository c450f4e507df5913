/** Turns one line of JSON, as pino writes it, into one line for people: time, level, message, then `name=value` for each field. */
export function logText(json: string): string {
  const { time, level, message, ...fields } = JSON.parse(json) as Record<string, unknown>; // pino's own output: always an object
  const words = [String(time).slice(0, 23).replace("T", " "), String(level).padEnd(5), terminalSafe(String(message))];
  for (const [name, value] of Object.entries(fields)) words.push(`${terminalSafe(name)}=${shown(value)}`);
  return `${words.join(" ")}\n`;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return terminalSafe(typeof value === "string" && !/^[^\s"=]+$/.test(text) ? JSON.stringify(text) : text);
}

/** Control characters and marks that turn the direction of writing could move the cursor or hide what a line says. */
function terminalSafe(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}
