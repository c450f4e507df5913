import { machineMs } from "#lib/machine-ms.ts";
import type { HubError } from "#model/hub-error.ts";
import type { ObjectName, ObjectType } from "#model/repository.ts";
import type { Visitor } from "../access/visitor.ts";
import type { ActivityPlace, ActivitySink } from "../operations/activity-sink.ts";
import { isToldOf } from "../operations/refusals.ts";
import type { ActivityFact, LineToPrimary } from "./worker-messages.ts";

const PLACES = 10_000;

/** What clients do at a worker: its primary makes the lines, because one client's requests go to several workers. */
export class ToldActivity implements ActivitySink {
  readonly #line: LineToPrimary;
  readonly #mostPlaces: number;
  /** The number by which the primary knows each place, so that it is not told with every object. */
  readonly #places = new Map<string, number>();

  constructor(line: LineToPrimary, mostPlaces = PLACES) {
    this.#line = line;
    this.#mostPlaces = mostPlaces;
    line.onLost(() => this.#places.clear()); // the primary may not have been told of some
  }

  stored(
    repository: ActivityPlace,
    object: ObjectName,
    { sizeBytes, isNew }: { readonly sizeBytes: number; readonly isNew: boolean },
  ): void {
    this.#tell(repository, isNew ? "stored" : "stored again", object, sizeBytes);
  }

  removed(repository: ActivityPlace, object: ObjectName, { sizeBytes }: { readonly sizeBytes: number }): void {
    this.#tell(repository, "removed", object, sizeBytes);
  }

  listed(repository: ActivityPlace, type: ObjectType): void {
    this.#line.tell("activity.fact", [this.#numberOf(repository), "listed", type, "", 0, machineMs()]);
  }

  healed(repository: ActivityPlace, object: ObjectName): void {
    this.#line.tell("activity.healed", { number: this.#numberOf(repository), object });
  }

  refused(where: { readonly text: string } | undefined, visitor: Visitor, error: HubError, asked?: string): void {
    if (!isToldOf(error)) return;
    const { accountId, accountName, login, mostRole, origin } = visitor;
    const told = { accountId, accountName, login, mostRole, origin };
    this.#line.tell("activity.refused", { repository: where?.text, visitor: told, code: error.code, reason: error.message, asked });
  }

  /** What goes on goes on at other workers, or ends there. */
  [Symbol.dispose](): void {
    this.#line.flush();
  }

  #tell(repository: ActivityPlace, what: ActivityFact[1], object: ObjectName, sizeBytes: number): void {
    const id = object.type === "config" ? "" : object.id;
    this.#line.tell("activity.fact", [this.#numberOf(repository), what, object.type, id, sizeBytes, machineMs()]);
  }

  #numberOf({ actor, origin, path }: ActivityPlace): number {
    const who = "login" in actor ? `${"name" in actor ? actor.name : ""}\0${actor.login}` : "name" in actor ? actor.name : "";
    const key = `${actor.kind}\0${who}\0${origin?.door}\0${origin?.address}\0${origin?.client}\0${path.text}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    // Given anew from the first on: the primary takes what it is told in order.
    if (this.#places.size >= this.#mostPlaces) this.#places.clear();
    const number = this.#places.size;
    this.#places.set(key, number);
    this.#line.tell("activity.place", { number, place: { actor, origin, path } });
    return number;
  }
}
