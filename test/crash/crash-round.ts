import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "#storage/memory/seeded-random.ts";
import { type ColdEnd, runColdClient } from "./cold-client.ts";
import { type CrashHub, type CrashHubOptions, startCrashHub, workersOf } from "./crash-hub.ts";
import type { CrashPlace } from "./crash-place.ts";
import type { InFlight } from "./ledger.ts";
import { oneOf } from "./object-bytes.ts";
import { RawLoad } from "./raw-load.ts";
import type { RoundPlan } from "./round-plan.ts";

const RESTIC_WAIT_MS = 4000;
const RESTIC_OUTLIVES_MS = 90_000;

/** What a round came to before anything is checked. */
export interface RoundResult {
  /** The hub that was started again. */
  readonly hub: CrashHub;
  /** Requests without an answer when the hub ended. */
  readonly inFlight: readonly InFlight[];
  /** What clients were told and must never be. */
  readonly problems: readonly string[];
  readonly resticEndedWell: number;
  readonly resticEnded: number;
  readonly startMs: number;
  readonly workersKilled: number;
  readonly command: ColdEnd;
}

/** Loads the hub, ends it as the plan says, and starts it again. */
export async function runRound(plan: RoundPlan, place: CrashPlace, hub: CrashHub, options: CrashHubOptions): Promise<RoundResult> {
  const { ledger, proxy, recipes, restic } = place;
  const problems: string[] = [];
  const report = (problem: string) => void problems.push(problem);
  const [resticStop, commandStop] = [new AbortController(), new AbortController()];
  using stack = new DisposableStack();
  stack.defer(() => resticStop.abort()); // whatever goes wrong, nobody goes on asking
  stack.defer(() => commandStop.abort());

  if (plan.work !== "nothing") await restic?.changeFiles(plan.random);
  proxy.target = hub.url.restic;
  const packsBefore = proxy.packs;
  const commands = restic?.start(plan.work, resticStop.signal) ?? [];
  if (plan.waitsForRestic && commands.length > 0) await Promise.race([untilPacks(place, packsBefore), Promise.all(commands)]);

  const load = new RawLoad({ ledger, places: place.rawPlaces, url: hub.url, recipes, report });
  stack.defer(() => load.close());
  const clients = Array.from({ length: plan.clients }, () => load.run(seededRandom(Math.floor(plan.random() * 2 ** 31))));
  const coldOptions = { tree: options.tree, random: seededRandom(Math.floor(plan.random() * 2 ** 31)), signal: commandStop.signal };
  const cold = plan.commandLine ? runColdClient(place, hub, coldOptions) : Promise.resolve<ColdEnd>("not begun");
  cold.catch(() => undefined); // awaited below
  await sleep(plan.loadMs);

  const workersKilled = await endHub(plan, hub, { stopLoad: () => load.stop(), clients, report, resticStop });
  proxy.target = undefined;
  load.close();
  commandStop.abort();
  if (!plan.resticOutlives) resticStop.abort();
  await Promise.all(clients);
  const command = await cold;
  if (command === "killed") place.commandsKilled += 1;
  const ends = plan.resticOutlives ? [] : await Promise.all(commands);
  const inFlight = ledger.hubEnded();

  if (plan.end === "kill a start") await killStart(plan, options, place);
  const startedAtMs = performance.now();
  const next = await startCrashHub(options).ready;
  const startMs = performance.now() - startedAtMs;
  place.starts += 1;
  proxy.target = next.url.restic;
  if (plan.resticOutlives) ends.push(...(await outlive(commands, resticStop, report)));
  const resticEndedWell = ends.filter((endedWell) => endedWell).length;
  return { hub: next, inFlight, problems, resticEndedWell, resticEnded: ends.length, startMs, workersKilled, command };
}

interface Load {
  readonly stopLoad: () => void;
  readonly clients: readonly Promise<void>[];
  readonly report: (problem: string) => void;
  readonly resticStop: AbortController;
}

/** Resolves to how many workers were killed alone. */
async function endHub(plan: RoundPlan, hub: CrashHub, { stopLoad, clients, report, resticStop }: Load): Promise<number> {
  switch (plan.end) {
    case "kill":
    case "kill a start":
      await hub.kill();
      return 0;
    case "kill a worker": {
      const workers = workersOf(hub.pid);
      if (workers.length === 0) report("there is no worker to kill");
      else process.kill(oneOf(plan.random, workers), "SIGKILL");
      await sleep(plan.laterMs);
      await hub.kill();
      return Math.min(workers.length, 1);
    }
    case "kill a shutdown": {
      const stopping = hub.stop();
      await Promise.race([sleep(plan.laterMs), stopping]);
      await hub.kill();
      return 0;
    }
    case "stop": {
      stopLoad();
      resticStop.abort();
      const [code] = await Promise.all([hub.stop(), Promise.all(clients)]);
      if (code !== 0) report(`a hub that was asked to end ended with ${code}`);
      return 0;
    }
  }
}

/** Starts a hub, and kills it a moment later, ready or not. */
async function killStart(plan: RoundPlan, options: CrashHubOptions, place: CrashPlace): Promise<void> {
  const starting = startCrashHub(options);
  let isReady = false;
  void starting.ready.then(
    () => {
      isReady = true;
    },
    () => undefined,
  );
  await sleep(plan.laterMs);
  await starting.kill();
  if (isReady) place.starts += 1;
  else place.starts += starting.lines().some((line) => line.includes('"ready"')) ? 1 : 0;
}

async function outlive(
  commands: readonly Promise<boolean>[],
  stop: AbortController,
  report: (problem: string) => void,
): Promise<boolean[]> {
  const patience = setTimeout(() => stop.abort(), RESTIC_OUTLIVES_MS);
  const ends = await Promise.all(commands);
  clearTimeout(patience);
  if (ends.includes(false)) report("a restic that asks again until the next hub answers did not end well");
  return ends;
}

async function untilPacks({ proxy }: CrashPlace, before: number): Promise<void> {
  for (const deadlineMs = performance.now() + RESTIC_WAIT_MS; proxy.packs === before && performance.now() < deadlineMs; ) await sleep(5);
}
