/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** `listen.restic`; undefined where it is about the file as a whole. */
  readonly key: string | undefined;
  /** What is wrong and how to right it; never a secret. */
  readonly message: string;
  /** `default`, `holdfast.yaml:3`, `HOLDFAST_DATA` or `--data`. */
  readonly origin: string;
}

/** The configuration cannot be used. `message` has one line for each problem. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ key, message, origin }) => `${key === undefined ? "" : `${key}: `}${message} (${origin})`).join("\n"));
    this.problems = problems;
  }
}
