const PIECE_CHARACTERS = 32 * 1024;

/** One value, with its labels in the order in which they are written, and its own name where it is not that of the metric: `..._bucket`. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number, name?: string | undefined];

/** A gauge in Prometheus' text format, in pieces. */
export function* gaugeText(name: string, help: string, samples: Iterable<Sample>): Generator<string, void, undefined> {
  yield* metricText({ name, help, type: "gauge" }, samples);
}

/**
 * A metric in Prometheus' text format, in pieces. By hand, because a registry would hold every series of thousands of repositories at
 * once, and write them in one go.
 */
export function* metricText(
  { name, help, type }: { readonly name: string; readonly help: string; readonly type: string },
  samples: Iterable<Sample>,
): Generator<string, void, undefined> {
  let piece = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  for (const [labels, value, ownName = name] of samples) {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    piece += `${ownName}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}\n`;
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
