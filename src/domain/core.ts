import type { Database } from "#db/database.ts";
import type { ByteBudget } from "#lib/byte-budget.ts";
import type { Log } from "#lib/log.ts";
import type { Limits } from "#limits.ts";
import type { Clock } from "#model/clock.ts";
import type { Driver } from "#storage/driver.ts";
import type { AccessCache } from "./access/access-cache.ts";
import type { RequestBound } from "./access/request-bound.ts";
import type { SignIn } from "./access/sign-in.ts";
import type { Timeline } from "./operations/timeline.ts";
import type { Quotas } from "./quotas/quotas.ts";
import type { KnownRepositories } from "./repositories/known-repositories.ts";
import type { MakeRoom } from "./repositories/require-room.ts";

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
  readonly timeline: Timeline;
  readonly quotas: Quotas;
  /** Makes room on the disk before an upload is refused for lack of it; undefined when there is nothing that could be given up. */
  readonly makeRoom?: MakeRoom | undefined;
}
