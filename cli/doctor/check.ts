/** One thing that `holdfast doctor` looked at. */
export interface Check {
  readonly name: string;
  /** `wrong`: the hub does not work, or breaks a promise. `warning`: it works, and somebody should know. */
  readonly status: "ok" | "warning" | "wrong";
  /** What was found. */
  readonly what: string;
  /** What to do about it; undefined where there is nothing to do. */
  readonly advice?: string;
}

/** The check of a thing that could not even be looked at. */
export function failedCheck(name: string, error: unknown, advice: string): Check {
  return { name, status: "wrong", what: (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " "), advice };
}
