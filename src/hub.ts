import { randomBytes } from "node:crypto";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Config } from "#config.ts";
import { openDatabase } from "#db/database.ts";
import { listEntryPaths } from "#db/entry-paths.ts";
import { findHubClock } from "#db/trash-time.ts";
import { AccessCache } from "#domain/access/access-cache.ts";
import { PasswordVerifier } from "#domain/access/password-verifier.ts";
import { RequestBound } from "#domain/access/request-bound.ts";
import { SignIn } from "#domain/access/sign-in.ts";
import { SignInJournal } from "#domain/access/sign-in-journal.ts";
import { strengthenProven } from "#domain/access/strengthen-credential.ts";
import type { Core } from "#domain/core.ts";
import { interruptLost } from "#domain/operations/interrupt-lost.ts";
import { RepositoryActivity } from "#domain/operations/repository-activity.ts";
import { Timeline } from "#domain/operations/timeline.ts";
import { startTimelineUpkeep } from "#domain/operations/timeline-upkeep.ts";
import { Quotas } from "#domain/quotas/quotas.ts";
import { startRecounts } from "#domain/quotas/recounts.ts";
import { HubTime } from "#domain/removal/hub-time.ts";
import { makeRoom, RoomMaking } from "#domain/removal/make-room.ts";
import { startTrashSweeper } from "#domain/removal/trash-sweeper.ts";
import { KnownRepositories } from "#domain/repositories/known-repositories.ts";
import { startLeftoverSweeper } from "#domain/repositories/leftover-sweeper.ts";
import { ObjectTraffic } from "#domain/repositories/object-traffic.ts";
import { reserveOf } from "#domain/repositories/require-room.ts";
import { UploadsUnderWay } from "#domain/repositories/uploads-under-way.ts";
import { healthDoor, readinessDoor } from "#doors/hub/health.ts";
import { metricsDoor } from "#doors/hub/metrics.ts";
import { resticDoor } from "#doors/restic/routes.ts";
import { TimelineBus } from "#events/timeline-bus.ts";
import { openGate } from "#gate/gate.ts";
import type { Door } from "#http/exchange.ts";
import { ByteBudget } from "#lib/byte-budget.ts";
import { lockFolder } from "#lib/folder-lock.ts";
import { inTurn } from "#lib/in-turn.ts";
import { isLoopbackHost } from "#lib/listen-address.ts";
import type { Log } from "#lib/log.ts";
import { findOtherOwner, openOwnFolder } from "#lib/own-folder.ts";
import { HUB } from "#model/actor.ts";
import type { Clock } from "#model/clock.ts";
import type { OperationKind } from "#model/operation.ts";
import type { Driver } from "#storage/driver.ts";
import { filePath } from "#storage/file-path.ts";
import { LocalStorage } from "#storage/local-storage/local-storage.ts";

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

/** Folder in the data folder that is the root of entry `main`. */
const FILES = "files";

/** The entry whose root that is. */
const MAIN = "main";

/** Name of the file in the data folder that says where a running hub listens, for the command line beside it. */
export const RUN_FILE = "holdfast.run.json";

/** The clock is called late from here on; what sets it may move it by less. */
const CLOCK_BEHIND_MS = 60_000;

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
}

/** Opens the rooms over what `config` names. The hub, the command line and the tests all come through here. */
export async function openCore(
  config: Config,
  log: Log,
  { clock = Date.now, monotonic = () => performance.now(), storage: given, brief = false }: CoreOptions = {},
): Promise<OpenCore> {
  await using stack = new AsyncDisposableStack();
  openOwnFolder(config.data);
  // Beside a hub, the hub's own user decides; a command that leaves files of another one makes it fail later, far from the cause.
  const otherOwner = brief ? findOtherOwner(config.data, existsSync(join(config.data, RUN_FILE)) ? RUN_FILE : FILES) : undefined;
  if (otherOwner !== undefined) throw new Error(otherOwner);
  const { limits } = config;
  const database = stack.use(
    config.databaseUrl === undefined
      ? await openDatabase({ kind: "sqlite", file: join(config.data, "holdfast.sqlite"), limits, listsInPlace: brief })
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
  const passwords = new PasswordVerifier();
  const timelineBus = new TimelineBus((told) => database.watchOperations(told));
  const processName = `${brief ? "command" : placeOf(config)}/${randomBytes(8).toString("hex")}`;
  const timeline = stack.use(new Timeline({ database, clock, log, limits, process: processName, tell: () => timelineBus.tell() }));
  const journal = stack.use(new SignInJournal({ database, timeline, log, limits, clock }));
  const quotas = stack.use(new Quotas({ database, clock, limits, log }));
  const activity = stack.use(new RepositoryActivity({ timeline, clock, limits }));
  const owned = stack.move();
  const core: OpenCore = {
    database,
    storage,
    clock,
    limits,
    log,
    access,
    signIn: new SignIn({
      clock: () => time.latestMs(),
      limits,
      cache: access,
      journal,
      verify: passwords.verify,
      proven: strengthenProven({ database, clock, log }),
    }),
    requests: new RequestBound(limits.requestsPerAccount),
    repositories: new KnownRepositories(database, clock),
    timeline,
    traffic: new ObjectTraffic(limits.metricSeries),
    time,
    roomMaking: new RoomMaking(monotonic),
    quotas,
    uploads: new UploadsUnderWay(),
    timelineBus,
    activity,
    listings: new ByteBudget(limits.listingHeldBytes),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  quotas.onHubFull((missingBytes) => makeRoom(core, { missingBytes }));
  return core;
}

/** Starts the hub: locks the data folder, opens the core, listens. Throws a sentence for people when it cannot. */
export async function startHub(config: Config, log: Log, given: GivenRooms = {}): Promise<Hub> {
  await using stack = new AsyncDisposableStack();
  if (Object.values(config.listeners).every(({ address }) => address.kind === "off")) {
    throw new Error("Every listener is off, so nobody could reach this hub; set listen.main or listen.restic.");
  }
  openOwnFolder(config.data);
  stack.use(lockFolder(config.data));
  const otherOwner = findOtherOwner(config.data, FILES);
  if (otherOwner !== undefined) log.warn(otherOwner);
  const core = stack.use(await openCore(config, log, given));
  await warnOfTrouble(core, config);
  await core.time.count();
  stack.defer(async () => void (await core.time.count().catch((error: unknown) => log.warn("the time was not noted", { error }))));
  // Whoever had this folder before us has ended: we hold its lock.
  stack.use(await interruptLost(core, (process) => process.startsWith(`${placeOf(config)}/`)));
  stack.use(startTimelineUpkeep(core));
  const sweeper = stack.use(startLeftoverSweeper(core));
  const trashSweeper = stack.use(startTrashSweeper(core));
  // The folder's lock says that no other hub is at work, unless others may share a server's database.
  await core.quotas.start({ alone: config.databaseUrl === undefined });
  const recounts = stack.use(startRecounts(core));
  const stopping = new AbortController();
  const gate = stack.use(
    await openGate({
      listeners: [
        {
          name: "main",
          ...config.listeners.main,
          mounts: [
            { prefix: "healthz", door: healthDoor() },
            { prefix: "readyz", door: readinessDoor(core) },
            { prefix: "metrics", door: metricsDoor(core) },
            { prefix: "restic", door: resticDoor(core, { noAuthAccount: undefined }) },
            { prefix: "api", door: await openApiDoor(core, config, stopping.signal) },
          ],
        },
        {
          name: "restic",
          ...config.listeners.restic,
          mounts: [{ prefix: "", door: resticDoor(core, { noAuthAccount: config.noAuth.restic }) }],
        },
      ],
      limits: config.limits,
      proxy: config.proxy,
      log,
      logRequests: config.log.requests,
      clock: core.clock,
    }),
  );
  stack.defer(() => stopping.abort());
  const runFile = join(config.data, RUN_FILE);
  const publicUrls = Object.fromEntries(Object.entries(config.listeners).map(([name, listener]) => [name, listener.publicUrls]));
  stack.defer(() => rmSync(runFile, { force: true }));
  writeFileSync(runFile, `${JSON.stringify({ pid: process.pid, listeners: gate.addresses, publicUrls })}\n`, { mode: 0o600 });

  const tell = (kind: OperationKind, summary: string) => {
    const atMs = core.clock();
    core.timeline.record({
      kind,
      status: "succeeded",
      startedAtMs: atMs,
      endedAtMs: atMs,
      actor: HUB,
      summary,
      details: { pid: process.pid },
    });
  };
  tell("hub.started", `Holdfast started: ${Object.values(gate.addresses).join(", ")}`);
  stack.defer(() => {
    core.activity[Symbol.dispose](); // what it was following ends before it
    tell("hub.stopped", "Holdfast stopped");
  });
  const owned = stack.move();
  return {
    core,
    addresses: gate.addresses,
    reloadCertificates: () => gate.reloadCertificates(),
    async close() {
      sweeper[Symbol.dispose]();
      trashSweeper[Symbol.dispose]();
      await recounts[Symbol.asyncDispose]();
      stopping.abort();
      await gate.close();
      await owned.disposeAsync();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Loaded here and not with the others: the command line, which serves nobody, comes through this file too. */
async function openApiDoor(core: Core, config: Config, stopping: AbortSignal): Promise<Door> {
  const { openHubApi } = await import("#doors/hub/routes.ts");
  const { publicUrls } = config.listeners.main;
  return (await openHubApi(core, { localOperator: config.localOperator.main, publicUrls, stopping })).door;
}

/** Hubs of the same place follow each other; no two run at once. A database file lies in the folder whose lock the hub holds. */
function placeOf({ data, databaseUrl }: Config): string {
  return databaseUrl === undefined ? "hub" : `hub ${hostname()} ${data.replaceAll("/", "|")}`;
}

/** Says at the start what would otherwise show itself with the first backup. */
async function warnOfTrouble(core: Core, config: Config): Promise<void> {
  if (core.time.behindMs > CLOCK_BEHIND_MS) {
    core.log.warn(
      "the clock is behind what it has shown before: what has ended stays ended; if it was wrong then, see `holdfast clock reset`",
      {
        behindMs: core.time.behindMs,
      },
    );
  }
  const { freeBytes, totalBytes } = await core.storage.space(filePath(), AbortSignal.timeout(core.limits.databaseWaitMs));
  const reserveBytes = reserveOf(core.limits, totalBytes);
  if (freeBytes < reserveBytes) {
    core.log.warn("too little free space: uploads of packs will be refused", { freeBytes, reserveBytes, data: config.data });
  }
  for (const [listener, { address, tls }] of Object.entries(config.listeners)) {
    if (address.kind === "tcp" && !isLoopbackHost(address.host) && tls === undefined) {
      core.log.warn("passwords travel in clear text: put TLS, or a network that nobody listens to, before this listener", { listener });
    }
  }
  const account = config.noAuth.restic;
  if (account !== undefined && (await core.access.account(account)) === undefined) {
    core.log.warn("the account of noAuth.restic does not exist: requests without a login will be refused", { account });
  }
}
