import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkQuotas, checkTimeline } from "./check-facts.ts";
import { checkObjects } from "./check-objects.ts";
import { checkServed } from "./check-served.ts";
import { type CrashHub, openFilesOf } from "./crash-hub.ts";
import { ACCOUNTS, type CrashPlace, placesOf, removeLocks } from "./crash-place.ts";
import type { InFlight, ObjectPath } from "./ledger.ts";
import { oneOf } from "./object-bytes.ts";
import type { ResticLoad } from "./restic-load.ts";
import type { RoundPlan } from "./round-plan.ts";
import type { Tally } from "./tally.ts";

/** The first sweep after a start takes what a hub that has ended left behind; this long it may take on a busy machine. */
const SWEEP_MS = 10_000;
const OTHERS_READ = 10;
const MOST_READ = 60;

/**
 * Holds a hub that has just been started against what clients were told before. restic's own check is left out when nobody was at its
 * repository since the last, unless the round is one that reads all data. Resolves to what is wrong.
 */
export async function checkRound(
  plan: RoundPlan,
  place: CrashPlace,
  hub: CrashHub,
  { inFlight, tally }: { readonly inFlight: readonly InFlight[]; readonly tally: Tally },
): Promise<string[]> {
  const { ledger, looker, starts, commandsKilled, restic, resticPlace } = place;
  let look = await looker.look();
  for (const deadlineMs = performance.now() + SWEEP_MS; look.moved > 0 && performance.now() < deadlineMs; await sleep(100)) {
    look = await looker.look();
  }
  const touched = ledger.takeTouched();
  const problems = checkObjects(ledger, look, inFlight, tally.inFlight);
  const paths = sampleOf([...touched], [...look.places.keys()], plan.random);
  const isOfRestic = (path: ObjectPath) => path.startsWith(`${resticPlace.repository}/`) && !path.includes("/locks/"); // it checks no locks
  const isChecked = plan.readData || touched.some(isOfRestic);
  const found = await Promise.all([
    checkServed(hub.url.restic, look, { places: placesOf(place), paths }),
    checkTimeline(hub.url.main, { ledger, look, pid: hub.pid, startedAtMs: hub.startedAtMs, starts, commandsKilled }),
    checkQuotas(hub.url.main, look, ACCOUNTS),
    checkLeftovers(place, hub),
    isChecked && restic !== undefined ? checkWithRestic(restic) : [],
  ]);
  problems.push(...found.flat());
  const locks = [...look.places.keys()].filter((path) => path.startsWith(`${resticPlace.repository}/locks/`));
  problems.push(...(await removeLocks(place, hub, locks)));
  return problems;

  async function checkWithRestic(client: ResticLoad): Promise<string[]> {
    tally.resticChecks += 1;
    tally.resticChecksReadingData += plan.readData ? 1 : 0;
    return await client.check(urlOf(hub, resticPlace), { readData: plan.readData });
  }
}

/** No temporary file is left after the first sweep, and nothing is open that nobody reads or writes. */
async function checkLeftovers({ looker, data }: CrashPlace, hub: CrashHub): Promise<string[]> {
  let temps: readonly string[] = [];
  let open: readonly string[] = [];
  for (const deadlineMs = performance.now() + SWEEP_MS; performance.now() < deadlineMs; await sleep(150)) {
    temps = (await looker.look()).temps;
    open = openFilesOf(hub.pid, join(data, "files"));
    if (temps.length === 0 && open.length === 0) return [];
  }
  return [...temps.map((path) => `${path}: is left over`), ...open.map((path) => `${path}: is still open`)];
}

/** All that was touched, as far as it is not too much, and some others. */
function sampleOf(touched: readonly ObjectPath[], all: readonly ObjectPath[], random: () => number): readonly ObjectPath[] {
  const chosen = new Set<ObjectPath>();
  if (touched.length <= MOST_READ) for (const path of touched) chosen.add(path);
  else for (let times = 0; times < MOST_READ; times += 1) chosen.add(oneOf(random, touched));
  if (all.length > 0) for (let times = 0; times < OTHERS_READ; times += 1) chosen.add(oneOf(random, all));
  return [...chosen];
}

function urlOf(hub: CrashHub, { repository, credentials: { login, secret } }: CrashPlace["resticPlace"]): string {
  const { host } = new URL(hub.url.restic);
  return `http://${login}:${secret}@${host}/${repository}/`;
}
