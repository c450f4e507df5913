import { escapeUnprintable } from "./unprintable.ts";

/** Turns one line of JSON, as pino writes it, into one line for people: time, level, message, then `name=value` for each field. */
export function logText(json: string): string {
  const { time, level, message, ...fields } = JSON.parse(json) as Record<string, unknown>; // pino's own output: always an object
  const words = [String(time).slice(0, 23).replace("T", " "), String(level).padEnd(5), escapeUnprintable(String(message))];
  for (const [name, value] of Object.entries(fields)) words.push(`${escapeUnprintable(name)}=${shown(value)}`);
  return `${words.join(" ")}\n`;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return escapeUnprintable(typeof value === "string" && !/^[^\s"=]+$/.test(text) ? JSON.stringify(text) : text);
}
