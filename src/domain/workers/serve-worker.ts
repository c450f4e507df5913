import type { HubLine } from "#events/hub-line.ts";
import { HubError } from "#model/hub-error.ts";
import type { ObjectId, ObjectName } from "#model/repository.ts";
import type { Guesses } from "../access/guesses.ts";
import type { PasswordVerifier } from "../access/password-verifier.ts";
import type { SignInJournal } from "../access/sign-in-journal.ts";
import type { Core } from "../core.ts";
import type { ActivityPlace } from "../operations/activity-sink.ts";
import type { RepositoryActivity } from "../operations/repository-activity.ts";
import { makeRoom } from "../removal/make-room.ts";
import { serveGuesses } from "./serve-guesses.ts";
import type { WorkerLines } from "./worker-lines.ts";
import { type LineToWorker, lineToWorker } from "./worker-messages.ts";

/** What a primary keeps for its workers. */
export interface ForWorkers {
  readonly guesses: Guesses;
  readonly journal: SignInJournal;
  readonly activity: RepositoryActivity;
  readonly passwords: PasswordVerifier;
  readonly lines: WorkerLines;
}

/**
 * Takes what one worker tells, and answers what it asks, for as long as it lives: to be called by the primary before the worker serves
 * anybody. Resolves when its line has ended and all that it told is taken.
 */
export async function serveWorker(core: Core, hubLine: HubLine): Promise<void> {
  const { forWorkers } = core;
  if (forWorkers === undefined) throw new Error("A worker has no workers");
  const line = lineToWorker(hubLine);
  serveGuesses(forWorkers.guesses, line);
  serveActivity(forWorkers.activity, line);
  line.onTold("signIn.failed", (failed) => forWorkers.journal.failed(failed));
  line.onTold("traffic", (told) => {
    for (const counts of told) core.traffic.add(counts);
  });
  line.onAsked("counted", () => core.counters.read());
  line.onAsked("room.make", async ({ missingBytes, near }) => {
    const freedBytes = await makeRoom(core, near === null ? { missingBytes } : { missingBytes, near });
    if (freedBytes > 0) await core.quotas.flush(); // until it is written down the worker's quota does not know of it
    return freedBytes;
  });
  line.onTold("recount.asked", () => core.quotas.wakeRecounts());
  line.onTold("password.measured", ({ kind, ms }) => {
    if (forWorkers.passwords.learn(kind, ms)) forWorkers.lines.tell("password.measured", { kind, ms }, line);
  });
  line.onAsked("barrier", () => null);

  for (const [kind, ms] of forWorkers.passwords.known) line.tell("password.measured", { kind, ms });
  for (const path of core.quotas.uncountable.paths) line.tell("recount.ended", { path, failed: true });
  forWorkers.lines.add(line);
  await line.ended;
}

/** One worker's part of what clients do. */
function serveActivity(activity: RepositoryActivity, line: LineToWorker): void {
  const places: ActivityPlace[] = [];
  line.onTold("activity.place", ({ number, place }) => {
    places[number] = place;
  });
  line.onTold("activity.fact", ([number, what, type, id, sizeBytes, atMs]) => {
    const place = placeAt(number);
    const object = objectOf(type, id);
    activity.happened(atMs, (sink) => {
      if (what === "removed") sink.removed(place, object, { sizeBytes });
      else if (what !== "listed") sink.stored(place, object, { sizeBytes, isNew: what === "stored" });
      else if (type !== "config") sink.listed(place, type);
    });
  });
  line.onTold("activity.healed", ({ number, object }) => activity.healed(placeAt(number), object));
  line.onTold("activity.refused", ({ repository, visitor, code, reason, asked }) => {
    activity.refused(repository === undefined ? undefined : { text: repository }, visitor, new HubError(code, reason), asked);
  });
  const placeAt = (number: number): ActivityPlace => {
    const place = places[number];
    if (place === undefined) throw new Error(`A worker tells of a place that it has not named: ${number}`);
    return place;
  };
}

/** The id was an object's at the worker. */
function objectOf(type: ObjectName["type"], id: string): ObjectName {
  return type === "config" ? { type } : { type, id: id as ObjectId };
}
