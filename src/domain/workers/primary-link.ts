import type { HubLine } from "#events/hub-line.ts";
import type { FailedSignIn } from "../access/failed-sign-ins.ts";
import type { PasswordVerifier } from "../access/password-verifier.ts";
import type { Quotas } from "../quotas/quotas.ts";
import type { RoomWanted } from "../removal/make-room.ts";
import { ObjectTraffic } from "../repositories/object-traffic.ts";
import { ToldCounters } from "./hub-counters.ts";
import { ProcessMetrics } from "./process-metrics.ts";
import { ToldActivity } from "./told-activity.ts";
import { ToldGuesses } from "./told-guesses.ts";
import { type LineToPrimary, lineToPrimary } from "./worker-messages.ts";

const TRAFFIC_MS = 250;

/** What a worker leaves to its primary, because it has to be one for all of them. */
export class PrimaryLink implements AsyncDisposable {
  readonly guesses: ToldGuesses;
  readonly activity: ToldActivity;
  readonly counters: ToldCounters;
  /** What the primary has not been told yet. */
  readonly traffic: ObjectTraffic;
  readonly #line: LineToPrimary;
  readonly #metrics = new ProcessMetrics();
  #trafficTimer: NodeJS.Timeout | undefined;

  constructor(line: HubLine, { metricSeries }: { readonly metricSeries: number }) {
    this.#line = lineToPrimary(line);
    this.guesses = new ToldGuesses(this.#line);
    this.activity = new ToldActivity(this.#line);
    this.counters = new ToldCounters(this.#line);
    this.traffic = new ObjectTraffic(metricSeries, () => {
      this.#trafficTimer ??= setTimeout(() => this.#tellTraffic(), TRAFFIC_MS).unref();
    });
    this.#line.onAsked("metrics", async () => {
      const metrics = await this.#metrics.read();
      this.#tellTraffic();
      this.#line.flush(); // so that it is taken before the answer
      return metrics;
    });
  }

  readonly tellFailed = (failed: FailedSignIn): void => this.#line.tell("signIn.failed", failed);

  readonly tellMeasured = (kind: string, ms: number): void => this.#line.tell("password.measured", { kind, ms });

  readonly makeRoom = async ({ missingBytes, near }: RoomWanted): Promise<number> =>
    await this.#line.ask("room.make", { missingBytes, near: near ?? null });

  /** Lets these hear what others have found out, and has what waits for a count counted by the primary. */
  serve({ passwords, quotas }: { readonly passwords: PasswordVerifier; readonly quotas: Quotas }): void {
    this.#line.onTold("password.measured", ({ kind, ms }) => void passwords.learn(kind, ms));
    this.#line.onTold("recount.ended", ({ path, failed }) => quotas.uncountable.set(path, failed));
    quotas.onRecountAsked(() => this.#line.tell("recount.asked", null));
  }

  /** Resolves when the primary has taken all that was told, or is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#tellTraffic();
    await this.#line.ask("barrier", null).catch(() => undefined);
  }

  #tellTraffic(): void {
    clearTimeout(this.#trafficTimer);
    this.#trafficTimer = undefined;
    const counts = this.traffic.take();
    if (counts.length > 0) this.#line.tell("traffic", counts);
  }
}
