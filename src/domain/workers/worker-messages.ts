import type { HubLine } from "#events/hub-line.ts";
import type { HubErrorCode } from "#model/hub-error.ts";
import type { ObjectName } from "#model/repository.ts";
import type { FilePath } from "#storage/file-path.ts";
import type { FailedSignIn } from "../access/failed-sign-ins.ts";
import type { Attempt } from "../access/failure-throttle.ts";
import type { Visitor } from "../access/visitor.ts";
import type { ActivityPlace } from "../operations/activity-sink.ts";
import type { TrafficCounts, TrafficKey } from "../repositories/object-traffic.ts";
import type { ProcessMetric } from "./process-metrics.ts";

/** What a worker tells its primary, by topic. All of it is plain data, also for a channel that only carries JSON. */
export interface ToldByWorker {
  /** From now on this number stands for somebody at work in a repository. A number may be given anew. */
  "activity.place": { readonly number: number; readonly place: ActivityPlace };
  "activity.fact": ActivityFact;
  "activity.healed": { readonly number: number; readonly object: ObjectName };
  "activity.refused": ToldRefusal;
  /** What was counted since the last time. */
  traffic: readonly (TrafficKey & TrafficCounts)[];
  "signIn.failed": FailedSignIn;
  "guess.settled": { readonly number: number; readonly outcome: "failed" | "succeeded" | "unseen" };
  /** Of a kind of stored hash: how long a failed check takes. */
  "password.measured": MeasuredKind;
  /** Somebody waits for a repository to be counted. */
  "recount.asked": null;
}

/** What a worker asks its primary. */
export interface AskedByWorker {
  /** The number is the worker's own; undefined in the answer: refused unseen. */
  "guess.enter": { question: { readonly number: number; readonly attempt: Attempt }; answer: { readonly isProven: boolean } | null };
  /** To erase from the trash; the answer is the bytes that went. */
  "room.make": { question: { readonly missingBytes: number; readonly near: FilePath | null }; answer: number };
  counted: { question: null; answer: CountedByHub };
  /** Answered when all that was told before is taken. */
  barrier: { question: null; answer: null };
}

export interface ToldByPrimary {
  "password.measured": MeasuredKind;
  /** Whether the repository could be counted. */
  "recount.ended": { readonly path: string; readonly failed: boolean };
}

export interface AskedByPrimary {
  /** How the process fares; it tells what it has counted before it answers. */
  metrics: { question: null; answer: readonly ProcessMetric[] };
}

/** One thing that a client did: small, because there are thousands a second. */
export type ActivityFact = readonly [
  place: number,
  what: "stored" | "stored again" | "removed" | "listed",
  type: ObjectName["type"],
  /** Empty for `config` and for a list. */
  id: string,
  sizeBytes: number,
  /** By `machineMs`. */
  atMs: number,
];

export interface ToldRefusal {
  readonly repository: string | undefined;
  readonly visitor: Visitor;
  readonly code: HubErrorCode;
  readonly reason: string;
  readonly asked: string | undefined;
}

export interface MeasuredKind {
  readonly kind: string;
  readonly ms: number;
}

/** What all processes of the hub have counted together, and how each fares. */
export interface CountedByHub {
  readonly traffic: readonly (TrafficKey & TrafficCounts)[];
  readonly processes: readonly { readonly process: string | undefined; readonly metrics: readonly ProcessMetric[] }[];
}

interface Questions {
  readonly [topic: string]: { readonly question: unknown; readonly answer: unknown };
}

/** A line, with what goes over it. */
interface End<ToldOut, AskedOut extends object, ToldIn, AskedIn extends object> {
  readonly isOver: boolean;
  readonly ended: Promise<void>;
  onLost(take: (count: number) => void): void;
  tell<Topic extends keyof ToldOut>(topic: Topic, message: ToldOut[Topic]): void;
  flush(): void;
  ask<Topic extends keyof AskedOut>(
    topic: Topic,
    question: AskedOut[Topic] extends Questions[string] ? AskedOut[Topic]["question"] : never,
  ): Promise<AskedOut[Topic] extends Questions[string] ? AskedOut[Topic]["answer"] : never>;
  onTold<Topic extends keyof ToldIn>(topic: Topic, take: (message: ToldIn[Topic]) => void): void;
  onAsked<Topic extends keyof AskedIn>(
    topic: Topic,
    answer: (
      question: AskedIn[Topic] extends Questions[string] ? AskedIn[Topic]["question"] : never,
    ) => MaybePromise<AskedIn[Topic] extends Questions[string] ? AskedIn[Topic]["answer"] : never>,
  ): void;
}

type MaybePromise<Value> = Value | Promise<Value>;

/** The line as a worker holds it. */
export type LineToPrimary = End<ToldByWorker, AskedByWorker, ToldByPrimary, AskedByPrimary>;

/** The line as the primary holds it. */
export type LineToWorker = End<ToldByPrimary, AskedByPrimary, ToldByWorker, AskedByWorker>;

/** Both ends are programs of one version, so what comes over the line has the shape that this file gives it. */
export function lineToPrimary(line: HubLine): LineToPrimary {
  return line as LineToPrimary;
}

export function lineToWorker(line: HubLine): LineToWorker {
  return line as LineToWorker;
}
