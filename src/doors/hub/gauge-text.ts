const PIECE_CHARACTERS = 32 * 1024;

/** One value of a gauge, with its labels in the order in which they are written. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/**
 * A gauge in Prometheus' text format, in pieces. By hand, because a registry would hold every series of thousands of repositories at
 * once, and write them in one go.
 */
export function* gaugeText(name: string, help: string, samples: Iterable<Sample>): Generator<string, void, undefined> {
  let piece = `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;
  for (const [labels, value] of samples) {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    piece += `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}\n`;
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
