import type { LoadClient } from "./load-client.ts";
import type { ServerKind } from "./servers.ts";
import type { Figures, ServerResult, Workload, WorkloadResult } from "./workload.ts";

/** How much of everything. */
export interface Sizes {
  /** How long a load of requests that change nothing lasts. */
  readonly loadMs: number;
  readonly packBytes: number;
  /** Uploads of packs, and of small objects, in one measurement. */
  readonly packs: number;
  readonly smallUploads: number;
  readonly deletes: number;
  readonly listedPacks: number;
  readonly resticMiB: number;
  /** Whether a round that does not count goes before the others. */
  readonly warmUp: boolean;
}

export const SIZES: Sizes = {
  loadMs: 1500,
  packBytes: 16 * 1024 * 1024,
  packs: 30,
  smallUploads: 3000,
  deletes: 3000,
  listedPacks: 200_000,
  resticMiB: 1024,
  warmUp: true,
};

export const QUICK_SIZES: Sizes = {
  loadMs: 200,
  packBytes: 4 * 1024 * 1024,
  packs: 10,
  smallUploads: 200,
  deletes: 200,
  listedPacks: 5000,
  resticMiB: 24,
  warmUp: false,
};

/** What every group of workloads is handed. */
export interface BenchContext {
  readonly kinds: readonly ServerKind[];
  /** Where servers keep their data; each group takes folders below it and removes them. */
  readonly folder: string;
  readonly rounds: number;
  readonly sizes: Sizes;
  readonly client: LoadClient;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly results: Results;
}

/** Workloads that share their servers. */
export interface Group {
  readonly name: string;
  readonly title: string;
  /** What a reader of the table has to know. */
  readonly notes?: readonly string[];
  readonly run: (context: BenchContext) => Promise<void>;
}

/** Memory of one server in one group, in bytes. */
export interface MemoryUse {
  readonly idle: number;
  readonly peak: number;
}

/** Everything that was measured. */
export class Results {
  readonly #groups = new Map<string, Map<Workload, Map<string, { rounds: Map<number, Figures>; failure?: string | undefined }>>>();
  readonly #memory = new Map<string, Map<string, MemoryUse>>();
  readonly #notes = new Map<string, string[]>();
  #group = "";
  #failed = false;

  /** What is recorded from now on belongs to this group. */
  begin(group: string): void {
    this.#group = group;
  }

  /** Whether any server has failed at anything. */
  get failed(): boolean {
    return this.#failed;
  }

  add(workload: Workload, server: string, round: number, figures: Figures): void {
    this.#of(workload, server).rounds.set(round, figures);
  }

  fail(workload: Workload, server: string, error: unknown): void {
    this.#failed = true;
    this.#of(workload, server).failure = error instanceof Error ? error.message : String(error);
  }

  hasFailed(workload: Workload, server: string): boolean {
    return this.#of(workload, server).failure !== undefined;
  }

  addMemory(server: string, use: MemoryUse): void {
    const group = this.#memory.get(this.#group) ?? new Map<string, MemoryUse>();
    this.#memory.set(this.#group, group.set(server, use));
  }

  note(line: string): void {
    this.#notes.set(this.#group, [...(this.#notes.get(this.#group) ?? []), line]);
  }

  notesOf(group: string): readonly string[] {
    return this.#notes.get(group) ?? [];
  }

  memory(): ReadonlyMap<string, ReadonlyMap<string, MemoryUse>> {
    return this.#memory;
  }

  of(workload: Workload): WorkloadResult {
    return { workload, servers: (this.#groups.get(this.#group)?.get(workload) ?? new Map()) as ReadonlyMap<string, ServerResult> };
  }

  ofGroup(group: string): WorkloadResult[] {
    return [...(this.#groups.get(group) ?? [])].map(([workload, servers]) => ({ workload, servers }));
  }

  #of(workload: Workload, server: string): { rounds: Map<number, Figures>; failure?: string | undefined } {
    const group = getOrMake(this.#groups, this.#group, () => new Map());
    const servers = getOrMake(group, workload, () => new Map());
    return getOrMake(servers, server, () => ({ rounds: new Map() }));
  }
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
