import type { Database } from "#db/database.ts";
import type { TimelineBus } from "#events/timeline-bus.ts";
import type { ByteBudget } from "#lib/byte-budget.ts";
import type { Log } from "#lib/log.ts";
import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";
import type { Driver } from "#storage/driver.ts";
import type { AccessCache } from "./access/access-cache.ts";
import type { RequestBound } from "./access/request-bound.ts";
import type { SignIn } from "./access/sign-in.ts";
import type { ArchiveRemains } from "./archives/archive-remains.ts";
import type { ActivitySink } from "./operations/activity-sink.ts";
import type { LockedRepositories } from "./operations/locked-repositories.ts";
import type { Timeline } from "./operations/timeline.ts";
import type { Quotas } from "./quotas/quotas.ts";
import type { HubTime } from "./removal/hub-time.ts";
import type { RoomMaking } from "./removal/make-room.ts";
import type { KnownRepositories } from "./repositories/known-repositories.ts";
import type { ObjectTraffic } from "./repositories/object-traffic.ts";
import type { PackIndex } from "./repositories/pack-index.ts";
import type { UploadsUnderWay } from "./repositories/uploads-under-way.ts";
import type { HubCounters } from "./workers/hub-counters.ts";
import type { ForWorkers } from "./workers/serve-worker.ts";

/** What every verb is handed: the rooms below the domain, and what this process remembers. Opened once, by hub.ts. */
export interface Core {
  readonly database: Database;
  /** Entry `main`. */
  readonly storage: Driver;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly access: AccessCache;
  readonly signIn: SignIn;
  readonly requests: RequestBound;
  readonly repositories: KnownRepositories;
  /** What all listings together may hold back. */
  readonly listings: ByteBudget;
  /** Names and sizes of packs, for listings. */
  readonly packs: PackIndex;
  readonly timeline: Timeline;
  readonly traffic: ObjectTraffic;
  /** What all processes of the hub have counted together. */
  readonly counters: HubCounters;
  /** Time that a wrong clock cannot make pass. */
  readonly time: HubTime;
  readonly roomMaking: RoomMaking;
  readonly quotas: Quotas;
  readonly uploads: UploadsUnderWay;
  /** What uploads of archives that did not arrive have left. */
  readonly archiveRemains: ArchiveRemains;
  readonly timelineBus: TimelineBus;
  /** Told by the verbs what clients do; makes lines of the timeline of it. */
  readonly activity: ActivitySink;
  readonly lockedRepositories: LockedRepositories;
  /** Undefined in a worker: it has none of its own. */
  readonly forWorkers: ForWorkers | undefined;
}
