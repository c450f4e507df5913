/**
 * What may be done meanwhile. `read_only`: reading, and the locks it takes. `maintenance`: nothing, until it is over; for restarts and
 * the like, because clients ask again for minutes.
 */
export const MODES = ["read_only", "maintenance"] as const;

export type Mode = (typeof MODES)[number];

/** The whole hub, as the scope of a setting. Paths begin with a slash. */
export const WHOLE_HUB = "hub";

/** A mode that is in force for the hub, or for a path and everything below it. */
export interface ModeSetting {
  /** `hub`, or a path like `/laptop/`. */
  readonly scope: string;
  readonly mode: Mode;
  /** Told to everybody it keeps out: printable ASCII, at most 60 characters. */
  readonly reason: string;
  readonly sinceMs: number;
}

/** The mode that is in force at a path: maintenance before read-only, then the most specific. */
export function modeAt(settings: readonly ModeSetting[], path: string): ModeSetting | undefined {
  let found: ModeSetting | undefined;
  for (const setting of settings) {
    if (setting.scope !== WHOLE_HUB && !path.startsWith(setting.scope)) continue;
    if (found === undefined || rank(setting) > rank(found)) found = setting;
  }
  return found;
}

function rank({ mode, scope }: ModeSetting): number {
  return (mode === "maintenance" ? 1_000_000 : 0) + (scope === WHOLE_HUB ? 0 : scope.length);
}
