import type { HubError } from "#model/hub-error.ts";
import type { ObjectName, ObjectType } from "#model/repository.ts";
import type { Visitor } from "../access/visitor.ts";
import type { OpenRepository } from "../repositories/open-repository.ts";

/** Who is at work in which repository, and from where. */
export type ActivityPlace = Pick<OpenRepository, "actor" | "origin" | "path">;

/** Told by the verbs, after the fact, what clients do. No call here waits or throws. */
export interface ActivitySink extends Disposable {
  /** An object is stored now. `isNew`: nothing of that name was there before. */
  stored(repository: ActivityPlace, object: ObjectName, what: { readonly sizeBytes: number; readonly isNew: boolean }): void;
  /** An object that was there is gone. */
  removed(repository: ActivityPlace, object: ObjectName, what: { readonly sizeBytes: number }): void;
  /** The objects of a type were listed. */
  listed(repository: ActivityPlace, type: ObjectType): void;
  /** A damaged object was replaced by a right upload. */
  healed(repository: ActivityPlace, object: ObjectName): void;
  /** A visitor was refused; `asked` is what for: `DELETE snapshots/3f2a...`. */
  refused(where: { readonly text: string } | undefined, visitor: Visitor, error: HubError, asked?: string): void;
}
