import { createCipheriv, createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findRestic, type ResticClient, type ResticVersion, resticClient, withoutRestic } from "../../../test/clients/restic.ts";
import { describeTree } from "../../../test/support/tree.ts";
import type { BenchContext, Group } from "../context.ts";
import { syncDisk } from "../machine.ts";
import { openServers, type RunningServer } from "../running-servers.ts";
import { rotate } from "../statistics.ts";
import { formatLine } from "../table.ts";
import type { Workload } from "../workload.ts";

const VERSION: ResticVersion = "0.19.1";
const MIB = 1024 * 1024;
const ROUNDS = 3;
const COMMAND_MS = 20 * 60_000;
const SMALL_FILES = 3000;
const LARGE_FILE_BYTES = 16 * MIB;

/** The real restic, as people run it. */
export const programs: Group = {
  name: "programs",
  title: "The real restic",
  notes: [
    `restic ${VERSION} with its defaults and a cache of its own for each repository. The source is files of 16 MiB and ${SMALL_FILES.toLocaleString("en-US")} small ones, ` +
      "none of which can be compressed. What is pruned is the half that a second snapshot does not hold. What was restored is the source, byte by byte.",
    "The time is the program's from start to end, most of it restic's own; the processor time is the server's.",
  ],
  async run(context) {
    const without = withoutRestic(VERSION);
    if (without !== false || findRestic(VERSION) === undefined) return context.results.note(`Left out: ${without}`);
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(context.folder, "restic-"));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const source = join(folder, "source");
    await makeSource(source, context.sizes.resticMiB);
    const expected = await describeTree(source);
    const servers = stack.use(await openServers(context));
    const workloads = workloadsOf(context.sizes.resticMiB);
    for (let round = 0; round < Math.min(ROUNDS, context.rounds); round += 1) {
      for (const running of rotate(servers.all, round)) {
        context.signal.throwIfAborted();
        await runLifecycle(context, running, { folder, source, expected, round, workloads });
      }
    }
    for (const workload of Object.values(workloads)) context.say(formatLine(context.results.of(workload), context.kinds));
  },
};

interface Lifecycle {
  readonly folder: string;
  readonly source: string;
  readonly expected: readonly string[];
  readonly round: number;
  readonly workloads: ReturnType<typeof workloadsOf>;
}

function workloadsOf(mib: number) {
  const workload = (name: string): Workload => ({ name: `${name}, ${mib} MiB`, unit: "s", cpuUnit: "s", goal: { speed: 1 } });
  return {
    backup: workload("restic backup"),
    check: workload("restic check --read-data"),
    restore: workload("restic restore"),
    prune: workload("restic prune of half of it"),
  } as const;
}

/** A repository from `init` to `prune`. A server that fails at one step takes no part in the steps behind it. */
async function runLifecycle(context: BenchContext, running: RunningServer, { folder, source, expected, round, workloads }: Lifecycle) {
  const { results, signal } = context;
  const { server, kind } = running;
  const cwd = await mkdtemp(join(folder, "client-"));
  const name = `round${round}`;
  const url = new URL(`/bench/${name}/`, server.origin);
  url.username = server.login;
  url.password = server.password;
  const restic = resticClient({ version: VERSION, repository: `rest:${url}`, cwd });
  const timed = async (workload: Workload, args: readonly string[]) => {
    await syncDisk(folder);
    const startedAtMs = performance.now();
    let seconds = 0;
    const { cpuSeconds } = await running.watched(async () => {
      await restic(args, { timeoutMs: COMMAND_MS, signal });
      seconds = (performance.now() - startedAtMs) / 1000;
    });
    results.add(workload, kind.id, round, { value: seconds, cpu: cpuSeconds });
  };
  let current = workloads.backup;
  try {
    await restic(["init"], { signal });
    await timed(workloads.backup, ["backup", "--host", "bench", source]);
    current = workloads.check;
    await timed(workloads.check, ["check", "--read-data"]);
    current = workloads.restore;
    await timed(workloads.restore, ["restore", "latest", "--target", join(cwd, "back")]);
    await compareTrees(join(cwd, "back", source), expected);
    await rm(join(cwd, "back"), { recursive: true });
    current = workloads.prune;
    await forgetHalf(restic, source, signal);
    await timed(workloads.prune, ["prune", "--max-unused", "0"]);
    await restic(["check"], { timeoutMs: COMMAND_MS, signal });
  } catch (error) {
    signal.throwIfAborted();
    results.fail(current, kind.id, error);
  } finally {
    await rm(cwd, { recursive: true, force: true });
    await rm(join(running.repository, name), { recursive: true, force: true });
  }
}

/** Leaves one snapshot, of half of the source. */
async function forgetHalf(restic: ResticClient, source: string, signal: AbortSignal): Promise<void> {
  await restic(["backup", "--host", "bench", "--tag", "half", join(source, "half")], { timeoutMs: COMMAND_MS, signal });
  await restic(["forget", "--group-by", "", "--keep-tag", "half"], { timeoutMs: COMMAND_MS, signal });
}

async function compareTrees(folder: string, expected: readonly string[]): Promise<void> {
  const found = await describeTree(folder);
  const different = expected.findIndex((line, index) => line !== found[index]);
  if (different >= 0 || found.length !== expected.length)
    throw new Error(`What was restored is not the source: ${expected[different] ?? "there is more"}`);
}

/** Two halves alike, each of large files and many small ones, of bytes that cannot be compressed. */
async function makeSource(folder: string, mib: number): Promise<void> {
  const smallBytes = Math.min((mib * MIB) / 16, SMALL_FILES * 20_000);
  const files = Math.min(SMALL_FILES, mib * 3);
  for (const [seed, half] of ["half", "other half"].entries()) {
    const random = createCipheriv("aes-128-ctr", createHash("sha256").update(`source ${seed}`).digest().subarray(0, 16), Buffer.alloc(16));
    const bytes = (count: number) => random.update(Buffer.alloc(count));
    const largeBytes = (mib * MIB - smallBytes) / 2;
    await mkdir(join(folder, half, "large"), { recursive: true });
    for (let index = 0, left = largeBytes; left > 0; index += 1, left -= LARGE_FILE_BYTES)
      await writeFile(join(folder, half, "large", `${index}`), bytes(Math.ceil(Math.min(LARGE_FILE_BYTES, left))));
    for (let index = 0; index < files / 2; index += 1) {
      if (index % 100 === 0) await mkdir(join(folder, half, `small ${index / 100}`), { recursive: true });
      const size = Math.ceil(((index % 10) + 1) * (smallBytes / files / 5.5));
      await writeFile(join(folder, half, `small ${Math.floor(index / 100)}`, `${index}`), bytes(size));
    }
  }
}
