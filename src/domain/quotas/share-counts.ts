import type { HubLine } from "#events/hub-line.ts";
import type { Core } from "../core.ts";

const WAKE = "recountAsked";
const UNCOUNTABLE = "uncountable";

interface Change {
  readonly path: string;
  readonly isUncountable: boolean;
}

/**
 * In the primary, which counts for all: hears when a worker wants something counted, and tells each what cannot be. Call what it returns
 * with each worker's line.
 */
export function shareCounts(core: Pick<Core, "quotas">): (line: HubLine) => void {
  const lines = new Set<HubLine>();
  core.quotas.uncountable.onChange((path, isUncountable) => {
    for (const line of lines) {
      if (line.isOver) lines.delete(line);
      else line.tell(UNCOUNTABLE, { path, isUncountable } satisfies Change);
    }
  });
  return (line) => {
    for (const old of lines) if (old.isOver) lines.delete(old);
    lines.add(line);
    line.onTold(WAKE, () => core.quotas.wakeRecounts());
    for (const path of core.quotas.uncountable.paths) line.tell(UNCOUNTABLE, { path, isUncountable: true } satisfies Change);
  };
}

/** In a worker: the other end of `shareCounts`. */
export function followCounts(core: Pick<Core, "quotas">, line: HubLine): void {
  core.quotas.onRecountAsked(() => line.tell(WAKE, undefined));
  line.onTold<Change>(UNCOUNTABLE, ({ path, isUncountable }) => core.quotas.uncountable.set(path, isUncountable));
}
