import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BenchContext, type Group, Results, type Sizes } from "./context.ts";
import { LoadClient } from "./load-client.ts";
import { describeLoad, describeMachine } from "./machine.ts";
import { formatReport } from "./report.ts";
import type { ServerKind } from "./servers.ts";

/** What a run is asked for. */
export interface RunOptions {
  readonly kinds: readonly ServerKind[];
  readonly groups: readonly Group[];
  readonly rounds: number;
  /** Whether the report warns that the sizes are small ones. */
  readonly quick: boolean;
  readonly sizes: Sizes;
  /** Below which the data of all servers lies for the time of the run. */
  readonly dir?: string | undefined;
  /** Where the report goes; it is not written when a run is broken off. */
  readonly write?: string | undefined;
  readonly versions: ReadonlyMap<string, string>;
  /** What a reader of the report has to know of this run. */
  readonly remarks: readonly string[];
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Runs the groups one after another. Resolves to whether every server has done everything, with the right answers. */
export async function runBench(options: RunOptions): Promise<boolean> {
  const { kinds, groups, rounds, sizes, signal, say } = options;
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(options.dir ?? tmpdir(), "holdfast-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const client = stack.use(new LoadClient(signal));
  const results = new Results();
  const context: BenchContext = { kinds, folder, rounds, sizes, client, signal, say, results };

  const startedAtMs = Date.now();
  const machine = await describeMachine(folder);
  const loads = [`before: ${describeLoad()}`];
  for (const line of [...machine, `Load, ${loads[0]}`]) say(line);
  for (const [title, version] of options.versions) say(`${title}: ${version}`);
  for (const group of groups) {
    say(`\n${group.title} (${group.name})`);
    results.begin(group.name);
    try {
      await group.run(context);
    } catch (error) {
      signal.throwIfAborted();
      results.fail({ name: "the whole group", unit: "s" }, kinds[0]?.id ?? "", error);
      say(`  broken off: ${error instanceof Error ? error.message : error}`);
    }
    loads.push(`after ${group.name}: ${describeLoad()}`);
  }
  const facts = { startedAtMs, endedAtMs: Date.now(), machine, loads, quick: options.quick, rounds, sizes };
  const report = formatReport({ ...facts, columns: kinds, versions: options.versions, remarks: options.remarks, groups, results });
  say(`\n${report}`);
  if (options.write !== undefined) await writeFile(options.write, report);
  return !results.failed;
}
