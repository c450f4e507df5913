import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "#config.ts";
import { openDatabase } from "#db/database.ts";
import { listEntryPaths } from "#db/entry-paths.ts";
import { findHubClock } from "#db/trash-time.ts";
import { AccessCache } from "#domain/access/access-cache.ts";
import { FailureThrottle } from "#domain/access/failure-throttle.ts";
import { Guesses } from "#domain/access/guesses.ts";
import { PasswordVerifier } from "#domain/access/password-verifier.ts";
import { RequestBound } from "#domain/access/request-bound.ts";
import { SignIn } from "#domain/access/sign-in.ts";
import { SignInJournal } from "#domain/access/sign-in-journal.ts";
import { strengthenProven } from "#domain/access/strengthen-credential.ts";
import { ArchiveRemains } from "#domain/archives/archive-remains.ts";
import type { Core } from "#domain/core.ts";
import { LockedRepositories } from "#domain/operations/locked-repositories.ts";
import { RepositoryActivity } from "#domain/operations/repository-activity.ts";
import { Timeline } from "#domain/operations/timeline.ts";
import { Quotas } from "#domain/quotas/quotas.ts";
import { startCountingTime } from "#domain/removal/count-time.ts";
import { HubTime } from "#domain/removal/hub-time.ts";
import { makeRoom, RoomMaking } from "#domain/removal/make-room.ts";
import { KnownRepositories } from "#domain/repositories/known-repositories.ts";
import { ObjectTraffic } from "#domain/repositories/object-traffic.ts";
import { PackIndex } from "#domain/repositories/pack-index.ts";
import { UploadsUnderWay } from "#domain/repositories/uploads-under-way.ts";
import { OwnCounters } from "#domain/workers/hub-counters.ts";
import { PrimaryLink } from "#domain/workers/primary-link.ts";
import { ProcessMetrics } from "#domain/workers/process-metrics.ts";
import { WorkerLines } from "#domain/workers/worker-lines.ts";
import type { HubLine } from "#events/hub-line.ts";
import { TimelineBus } from "#events/timeline-bus.ts";
import { ByteBudget } from "#lib/byte-budget.ts";
import { CalmLog } from "#lib/calm-log.ts";
import { inTurn } from "#lib/in-turn.ts";
import type { Log } from "#lib/log.ts";
import { machineMs } from "#lib/machine-ms.ts";
import { findOtherOwner, openOwnFolder } from "#lib/own-folder.ts";
import type { Clock } from "#model/clock.ts";
import type { Driver } from "#storage/driver.ts";
import { LocalStorage } from "#storage/local-storage/local-storage.ts";
import { announce } from "./hub/announce.ts";
import { openDoors } from "./hub/open-doors.ts";
import { FILES, placeOf, RUN_FILE } from "./hub/place.ts";
import { startUpkeep } from "./hub/start-upkeep.ts";
import { takeFolder } from "./hub/take-folder.ts";

/** The core as a program holds it: every room open, until it is disposed. */
export type OpenCore = Core & AsyncDisposable;

/** A running hub. */
export interface Hub extends AsyncDisposable {
  readonly core: Core;
  /** Where it listens, by listener: `http://127.0.0.1:8000`, `unix:/path`. One that is off is left out. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Reads the TLS certificates again. */
  reloadCertificates(): Promise<void>;
  /** Stops accepting, lets requests end, closes every room. */
  close(): Promise<void>;
}

/** The entry whose root that is. */
const MAIN = "main";

/** Rooms that are already open, in place of those that `config` would open. */
export interface GivenRooms {
  readonly clock?: Clock;
  /** Milliseconds that never jump; the machine's by default. */
  readonly monotonic?: Clock;
  /** Stays its owner's to dispose. */
  readonly storage?: Driver;
}

export interface CoreOptions extends GivenRooms {
  /** The program asks once and ends: nothing is started that only pays for itself in a hub. */
  readonly brief?: boolean;
  /** This process is a worker, and this its line to the primary, which keeps what has to be one for all workers. */
  readonly line?: HubLine;
}

/** Opens the rooms over what `config` names. The hub, the command line and the tests all come through here. */
export async function openCore(
  config: Config,
  log: Log,
  { clock = Date.now, monotonic = () => performance.now(), storage: given, brief = false, line }: CoreOptions = {},
): Promise<OpenCore> {
  await using stack = new AsyncDisposableStack();
  openOwnFolder(config.data);
  // Beside a hub, the hub's own user decides; a command that leaves files of another one makes it fail later, far from the cause.
  const otherOwner = brief ? findOtherOwner(config.data, existsSync(join(config.data, RUN_FILE)) ? RUN_FILE : FILES) : undefined;
  if (otherOwner !== undefined) throw new Error(otherOwner);
  const { limits } = config;
  const database = stack.use(
    config.databaseUrl === undefined
      ? await openDatabase({
          kind: "sqlite",
          file: join(config.data, "holdfast.sqlite"),
          limits,
          listsInPlace: brief,
          onThreadLost: (error) => log.error("a thread of the database has ended; the next call starts another", { error }),
        })
      : await openDatabase({ kind: "postgres", url: config.databaseUrl, limits }),
  );
  const root = join(config.data, FILES);
  const paths = async () => await listEntryPaths(database.read, MAIN);
  const openOwn = async () =>
    stack.use(await LocalStorage.open({ root, limits, ...config.files, paths: await paths(), warn: (message) => log.warn(message) }));
  const own = given === undefined ? await openOwn() : undefined;
  const storage = given ?? own;
  if (storage === undefined) throw new Error("There is a storage, given or our own");
  // A folder that is adopted, or given up, beside a running hub is so with the next request.
  const takeUp = inTurn(async () => {
    const now = await paths();
    if (await own?.keepElsewhere(now)) log.info("other folders are kept in place", { folders: now.map(({ folder }) => folder).join(", ") });
  });
  const time = new HubTime({ database, clock, monotonic, seenMs: (await findHubClock(database.read)).wallMs });
  const access = new AccessCache(database, takeUp);
  const primary = line === undefined ? undefined : stack.use(new PrimaryLink(line, limits));
  const passwords = new PasswordVerifier(primary?.tellMeasured);
  const timelineBus = new TimelineBus((told) => database.watchOperations(told));
  const processName = `${brief ? "command" : placeOf(config)}/${randomBytes(8).toString("hex")}`;
  const timeline = stack.use(new Timeline({ database, clock, log, limits, process: processName, tell: () => timelineBus.tell() }));
  const journal = stack.use(new SignInJournal({ database, timeline, log, limits, clock, tellFailed: primary?.tellFailed }));
  const quotas = stack.use(new Quotas({ database, clock, limits, log }));
  primary?.serve({ passwords, quotas });
  const now = () => time.latestMs();
  const lockedRepositories = new LockedRepositories();
  const kept = {
    guesses: new Guesses(new FailureThrottle(limits, now), (attempt) => journal.isProven(attempt)),
    activity: new RepositoryActivity({ timeline, clock, limits, locked: lockedRepositories, machineMs }),
    lines: new WorkerLines(),
  };
  const { guesses, activity } = primary ?? kept;
  stack.use(activity);
  const traffic = primary?.traffic ?? new ObjectTraffic(limits.metricSeries);
  if (primary === undefined) quotas.uncountable.onChange((path, failed) => kept.lines.tell("recount.ended", { path, failed }));
  else stack.use(startCountingTime(time, { limits, log }));
  const archiveRemains = stack.use(new ArchiveRemains(() => core));
  const owned = stack.move();
  const core: OpenCore = {
    database,
    storage,
    clock,
    limits,
    log,
    access,
    signIn: new SignIn({
      clock: now,
      limits,
      cache: access,
      guesses,
      journal,
      verify: passwords.verify,
      proven: strengthenProven({ database, clock, log }),
    }),
    requests: new RequestBound(limits.requestsPerAccount),
    repositories: new KnownRepositories(database, clock),
    timeline,
    traffic,
    counters: primary?.counters ?? new OwnCounters(traffic, new ProcessMetrics(), kept.lines),
    time,
    roomMaking: new RoomMaking(monotonic, primary?.makeRoom),
    quotas,
    uploads: new UploadsUnderWay({ hasNeighbours: primary !== undefined }),
    timelineBus,
    archiveRemains,
    activity,
    lockedRepositories,
    forWorkers: primary === undefined ? { ...kept, journal, passwords } : undefined,
    listings: new ByteBudget(limits.listingHeldBytes),
    packs: new PackIndex({ storage, limits, monotonic }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  quotas.onHubFull((missingBytes) => makeRoom(core, { missingBytes }));
  return core;
}

/** Starts the hub in this one process: locks the data folder, opens the core, listens. Throws a sentence for people when it cannot. */
export async function startHub(config: Config, lines: Log, given: GivenRooms = {}): Promise<Hub> {
  await using stack = new AsyncDisposableStack();
  const log = stack.use(new CalmLog(lines));
  stack.use(takeFolder(config, log));
  const core = stack.use(await openCore(config, log, given));
  const upkeep = stack.use(await startUpkeep(core, config));
  const doors = stack.use(await openDoors(core, config));
  stack.use(announce(core, config, doors.addresses));
  const owned = stack.move();
  return {
    core,
    addresses: doors.addresses,
    reloadCertificates: () => doors.reloadCertificates(),
    async close() {
      await upkeep.stop();
      await doors.close();
      await owned.disposeAsync();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
