/** How a modelled disk has uploads write, by the words for it in a test's name. */
export const WRITING_MODES = {
  "chunks gathered": () => () => false,
  "chunks written at once": () => () => true,
  "chunks at once and gathered by turns": byTurns,
} as const satisfies Readonly<Record<string, () => () => boolean>>;

/** Makes one anew for each disk, so that what is done on it is the same each time. */
export type WritingMode = (typeof WRITING_MODES)[keyof typeof WRITING_MODES];

/** One of them, by `seed`, so that all come where there are many. */
export function writingModeOf(seed: number): () => boolean {
  const modes = Object.values(WRITING_MODES);
  return (modes[Math.abs(seed) % modes.length] ?? byTurns)();
}

function byTurns(): () => boolean {
  let asked = 0;
  return () => asked++ % 2 === 0;
}
