import { HubError } from "#model/hub-error.ts";
import type { ObjectType } from "#model/repository.ts";
import type { Core } from "../core.ts";
import { typeFolder } from "./object-path.ts";
import type { ObjectSlice } from "./object-slice.ts";
import type { OpenRepository } from "./open-repository.ts";
import { lookAtObjects, readSlices, unreadable } from "./read-slices.ts";
import { repositoryExists } from "./repository-exists.ts";

/**
 * Every object of a type, some at a time, as the disk has them now, in no promised order; foreign files are left out. Throws `not_found`
 * when there is no repository, and `damaged` when a part cannot be read: a list that lacks an object makes restic forget or rewrite it, so
 * there is no such thing as half a list (spec/restic-rest.md section 1.3).
 */
export async function* listObjects(
  core: Core,
  repository: OpenRepository,
  type: ObjectType,
  signal: AbortSignal,
): AsyncGenerator<ObjectSlice, void, undefined> {
  repository.require("read");
  const path = typeFolder(repository, type);
  const { kind } = await lookAtObjects(core.storage, { type, path }, signal);
  if (kind === "absent" && !(await repositoryExists(core, repository, signal))) {
    throw new HubError("not_found", "There is no repository here");
  }
  core.activity.listed(repository, type);
  if (kind === "absent") return;
  if (kind === "other") throw unreadable(type, new Error(`${path} is no folder`));
  if (type === "data") yield* core.packs.list(path, signal);
  else yield* readSlices(core.storage, { type, path, holds: () => true }, signal);
}
