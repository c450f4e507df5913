/** What is measured, in which unit, and what design.md section 11 wants of it. */
export interface Workload {
  readonly name: string;
  readonly unit: "/s" | "MiB/s" | "ms" | "s" | "x";
  /** What `cpu` is divided by; undefined when it is not measured. */
  readonly cpuUnit?: "us each" | "s/GiB" | "s";
  readonly goal?: Goal;
  /** Only our own servers tell it. */
  readonly oursAlone?: boolean;
}

/** Each bound holds against rest-server. */
export interface Goal {
  /** At least so many times as fast, with one process. */
  readonly speed?: number;
  /** The same with several, where that is another number. */
  readonly speedOfSeveral?: number;
  /** At most so many times its processor time. */
  readonly cpu?: number;
  /** Our own figure is at most this, in the workload's unit. */
  readonly atMost?: number;
  /** ... or at least this. */
  readonly atLeast?: number;
}

/** One measurement of one server in one round. */
export interface Figures {
  readonly value: number;
  readonly cpu?: number;
}

/** All rounds of one workload, for each server by its id. */
export interface WorkloadResult {
  readonly workload: Workload;
  readonly servers: ReadonlyMap<string, ServerResult>;
}

export interface ServerResult {
  readonly rounds: ReadonlyMap<number, Figures>;
  /** Why a round has no figures; the last reason. */
  readonly failure?: string | undefined;
}

/** Whether more is better. */
export function isRate({ unit }: Workload): boolean {
  return unit !== "ms" && unit !== "s";
}
