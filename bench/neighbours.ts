import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { putEmptyPacks } from "../test/memory/listing.ts";
import { type LoadTarget, MIB } from "../test/memory/load.ts";
import { startMeasuredHub } from "../test/memory/measured-hub.ts";
import { postPack } from "../test/memory/uploads.ts";
import { sha256 } from "../test/support/http-request.ts";
import { processorSeconds } from "../test/support/process-tree.ts";
import { openWire } from "../test/support/wire-client.ts";
import { NEIGHBOURS, type NeighbourKind, type NeighbourTarget } from "./neighbours/bad-neighbours.ts";
import { type GoodTarget, WORK, type WorkKind } from "./neighbours/good-clients.ts";

/** One kind of work in one round: what got done of it alone and beside the neighbours, and what they took of the processors. */
interface Round {
  readonly alone: number;
  readonly beside: number;
}

/** What processes took of one processor: 1 is all of it. */
interface Shares {
  readonly hub: number;
  readonly neighbours: number;
}

/**
 * What well-behaved clients get done beside slow and broken ones: in each round alone and beside, in turns, so that a machine whose speed
 * drifts does not decide. What neighbours alone cost the hub is told as a share of one processor, the steadier figure on a busy machine; they
 * are a process of their own, whose share is told too, because it is not the hub's to give.
 */
export async function neighbours(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      ms: { type: "string", default: "1000" },
      listed: { type: "string", default: "200000" },
      only: { type: "string", default: "" },
    },
  });
  const kinds = (Object.keys(NEIGHBOURS) as NeighbourKind[]).filter((kind) => kind.includes(values.only)); // its own keys
  if (kinds.length === 0) throw new Error(`--only is part of one of: ${Object.keys(NEIGHBOURS).join("; ")}`);
  print(`well-behaved clients beside others, ${values.rounds} rounds; load of the machine ${loadavg()[0]?.toFixed(1)}\n`);
  print("| Neighbours | Work | Alone | Beside | Ratio (spread) |\n|---|---|---|---|---|\n");
  for (const kind of kinds)
    await measureKind(kind, { rounds: Number(values.rounds), ms: Number(values.ms), listed: Number(values.listed) });
}

async function measureKind(
  kind: NeighbourKind,
  { rounds, ms, listed }: { readonly rounds: number; readonly ms: number; readonly listed: number },
): Promise<void> {
  // Each has a hub of its own, so that none inherits another's leftovers; the good ones use its listener in clear text.
  await using measured = await startMeasuredHub({ secure: true });
  const { hub, target } = measured;
  const bad: NeighbourTarget = { ...target, bigPack: await store(target, 16 * MIB) };
  const small = await store(target, 4096);
  const good: GoodTarget = {
    ...target,
    url: hub.url.main,
    root: "/restic",
    smallPack: `/restic${small}`,
    bigPack: `/restic${bad.bigPack}`,
  };
  if (kind.includes("listing")) putEmptyPacks(target, { count: listed });

  const results = new Map<WorkKind, Round[]>();
  const shares: Shares[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const work of Object.keys(WORK) as WorkKind[]) {
      const act = async () => (await WORK[work](good, ms)).perSecond;
      const measured = { alone: Number.NaN, beside: Number.NaN };
      for (const which of round % 2 === 0 ? (["alone", "beside"] as const) : (["beside", "alone"] as const)) {
        if (which === "alone") {
          measured.alone = await act();
        } else {
          await using neighbour = await startNeighbour(kind, bad);
          shares.push(await sharesOf(hub.pid, neighbour.pid, ms));
          measured.beside = await act();
        }
      }
      results.set(work, [...(results.get(work) ?? []), measured]);
    }
  }
  for (const [work, all] of results) report(kind, work, all);
  const share = (pick: (shares: Shares) => number) => `${(middle(shares.map(pick)) * 100).toFixed(0)} %`;
  print(
    `| ${kind} | nothing: processor time of the hub, of the neighbours | | ${share(({ hub: one }) => one)}, ${share((one) => one.neighbours)} | |\n`,
  );
}

interface RunningNeighbour extends AsyncDisposable {
  readonly pid: number;
}

async function startNeighbour(kind: NeighbourKind, target: NeighbourTarget): Promise<RunningNeighbour> {
  const program = join(import.meta.dirname, "neighbours/neighbour-process.ts");
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  child.stdin.write(`${JSON.stringify({ kind, target })}\n`);
  await once(createInterface({ input: child.stdout }), "line");
  return {
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

/** While nobody else asks anything of the hub. */
async function sharesOf(hubPid: number, neighbourPid: number, ms: number): Promise<Shares> {
  const before = { atMs: performance.now(), hub: processorSeconds(hubPid), neighbours: processorSeconds(neighbourPid) };
  await sleep(ms);
  const seconds = (performance.now() - before.atMs) / 1000;
  return {
    hub: (processorSeconds(hubPid) - before.hub) / seconds,
    neighbours: (processorSeconds(neighbourPid) - before.neighbours) / seconds,
  };
}

/** Stores a pack of so many bytes; resolves to its path. */
async function store(target: LoadTarget, sizeBytes: number): Promise<string> {
  using client = await openWire(target.url);
  const pack = Buffer.alloc(sizeBytes, 1);
  const status = await postPack(client, target, pack);
  if (status !== 200) throw new Error(`A pack was not stored: ${status}`);
  return `/${target.login}/data/${sha256(pack)}`;
}

function report(kind: NeighbourKind, work: WorkKind, rounds: readonly Round[]): void {
  const ratios = rounds.map(({ alone, beside }) => beside / alone).sort((one, other) => one - other);
  const cells = [
    kind,
    work,
    middle(rounds.map(({ alone }) => alone)).toFixed(0),
    middle(rounds.map(({ beside }) => beside)).toFixed(0),
    `${middle(ratios).toFixed(2)} (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)})`,
  ];
  print(`| ${cells.join(" | ")} |\n`);
}

function middle(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(text: string): void {
  process.stdout.write(text);
}
