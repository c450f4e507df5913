import type { ConfigProblem } from "./config-error.ts";

/** A value as somebody wrote it, before it is checked. */
export interface RawSetting {
  readonly value: unknown;
  /** `--data`, `HOLDFAST_DATA` or `holdfast.yaml:3`. */
  readonly origin: string;
  /** What a relative path in it is relative to; undefined: the working directory. */
  readonly base?: string;
}

/** What one source sets, by key, and what is wrong with it. */
export interface Source {
  readonly settings: ReadonlyMap<string, RawSetting>;
  readonly problems: readonly ConfigProblem[];
}
