import type { HubError, HubErrorCode } from "#model/hub-error.ts";
import type { NewOperation } from "#model/operation.ts";
import type { RunningOperation } from "./running-operation.ts";
import type { Timeline } from "./timeline.ts";

/** A request that somebody who is known may not make. */
export interface Refusal extends Required<Pick<NewOperation, "actor" | "account" | "repository" | "door" | "address" | "client">> {
  readonly code: HubErrorCode;
  /** Why, as the client was told. */
  readonly reason: string;
  /** What was asked for, `DELETE snapshots/3f2a...`. */
  readonly asked: string | undefined;
}

/**
 * Refusals that somebody should know of: who is known tried what they may not, or backups no longer fit on the disk. A quota has lines of
 * its own (`quota.warning`); others are the client's faults or the machine's.
 */
const TOLD: ReadonlySet<HubErrorCode> = new Set(["forbidden", "append_only", "already_exists", "too_large", "storage_full"]);

/** Whether somebody should know of this refusal. */
export function isToldOf(error: HubError): boolean {
  return TOLD.has(error.code);
}

const WINDOW_MS = 60_000;
// Lines within a minute: of one visitor, and of all. Beyond, refusals are counted together, whatever they were about.
const LINES_PER_VISITOR = 10;
const LINES = 200;

interface Counted {
  readonly operation: RunningOperation;
  readonly asked: string | undefined;
  count: number;
  lastAtMs: number;
}

/** Tells of refusals: the first at once, and how many alike followed it within its minute; a flood of them makes few lines. */
export class Refusals {
  readonly #timeline: Pick<Timeline, "begin">;
  readonly #lines = new Map<string, Counted>();
  readonly #linesOf = new Map<string, number>();
  #windowBeganMs = 0;

  constructor(timeline: Pick<Timeline, "begin">) {
    this.#timeline = timeline;
  }

  add(refusal: Refusal, { nowMs, atMs }: { readonly nowMs: number; readonly atMs: number }): void {
    if (this.#lines.size === 0) this.#windowBeganMs = nowMs;
    const { key, line } = this.#place(refusal);
    const known = this.#lines.get(key);
    if (known === undefined) {
      const operation = this.#timeline.begin({ kind: "request.refused", status: "refused", startedAtMs: atMs, ...line });
      this.#lines.set(key, { operation, asked: refusal.asked, count: 1, lastAtMs: atMs });
      return;
    }
    known.count += 1;
    known.lastAtMs = atMs;
    known.operation.report({ summary: `${line.summary} (${known.count} times)`, details: { count: known.count } });
  }

  /** Ends what has lasted a minute. */
  tick(nowMs: number): void {
    if (nowMs - this.#windowBeganMs >= WINDOW_MS) this.end();
  }

  end(): void {
    for (const { operation, lastAtMs } of this.#lines.values()) operation.finish("refused", { endedAtMs: lastAtMs });
    this.#lines.clear();
    this.#linesOf.clear();
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** Which line it goes to: one of its own kind, one of its visitor, or one for everybody. */
  #place(refusal: Refusal) {
    const { code, reason, asked, ...place } = refusal;
    const details = { code, count: 1, ...(asked === undefined ? {} : { asked }) };
    const who = JSON.stringify([refusal.actor, refusal.address]);
    const own = `${who} ${code} ${refusal.repository}`;
    const ofVisitor = this.#linesOf.get(who) ?? 0;
    if (this.#lines.has(own) || (ofVisitor < LINES_PER_VISITOR && this.#lines.size < LINES)) {
      if (!this.#lines.has(own)) this.#linesOf.set(who, ofVisitor + 1);
      return { key: own, line: { ...place, summary: `Refused${asked === undefined ? "" : ` ${asked}`}: ${reason}`, details } };
    }
    if (this.#lines.has(who) || this.#lines.size < LINES) {
      return { key: who, line: { ...place, repository: undefined, summary: "Many requests were refused", details: { code, count: 1 } } };
    }
    const nobody = { actor: { kind: "hub" }, account: undefined, repository: undefined, address: undefined, client: undefined } as const;
    return { key: "", line: { ...place, ...nobody, summary: "Many requests of many clients were refused", details: { code, count: 1 } } };
  }
}
