import { type Soon, whenKnown } from "#lib/soon.ts";
import type { Actor, Origin } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { type ModeSetting, modeAt } from "#model/mode.ts";
import { lesserRole, type Permission, type Role, roleAllows } from "#model/permissions.ts";
import type { RepositoryPath } from "#model/repository.ts";
import { type FilePath, filePath } from "#storage/file-path.ts";
import type { AccessCache, Rights } from "../access/access-cache.ts";
import { roleOn } from "../access/role-on.ts";
import type { Visitor } from "../access/visitor.ts";
import { actorOf } from "../access/visitor.ts";

interface Circumstances {
  readonly actor: Actor;
  readonly origin: Origin | undefined;
  readonly mode: ModeSetting | undefined;
}

/**
 * A repository as one principal may use it. Only its own static functions make one, so a verb that is handed it needs no further look at
 * who asks, and a handler has no way to name another tenant's object.
 */
export class OpenRepository {
  readonly path: RepositoryPath;
  readonly role: Role;
  /** Who uses it, for the timeline. */
  readonly actor: Actor;
  /** Where from; undefined for the command line. */
  readonly origin: Origin | undefined;
  /** The mode in force here; none for the operator. */
  readonly mode: ModeSetting | undefined;
  /** Its folder on the entry. */
  readonly folder: FilePath;
  readonly #opened = true; // makes the class nominal: a look-alike object is no OpenRepository

  private constructor(path: RepositoryPath, role: Role, { actor, origin, mode }: Circumstances) {
    this.path = path;
    this.role = role;
    this.actor = actor;
    this.origin = origin;
    this.mode = mode;
    this.folder = filePath("restic", ...path.segments);
  }

  /** Whether the role allows this here, whatever mode is in force. */
  allows(permission: Permission): boolean {
    return this.#opened && roleAllows(this.role, permission);
  }

  /** Throws `forbidden`, in words for the person at the other end; `unavailable` in maintenance. */
  require(permission: Permission): void {
    this.requireMode(permission);
    if (!this.allows(permission)) throw new HubError("forbidden", `This account has only the role ${this.role} on ${this.path.text}`);
  }

  /** Throws what the mode in force has to say to this: `forbidden` when it is read-only, `unavailable` in maintenance. */
  requireMode(permission: Permission): void {
    if (this.mode?.mode === "maintenance") throw new HubError("unavailable", `Maintenance: ${this.mode.reason}`);
    // Locks are what reading takes (spec/restic-rest.md section 1.7).
    if (this.mode?.mode === "read_only" && permission !== "read" && permission !== "lock") {
      throw new HubError("forbidden", `Read-only: ${this.mode.reason}`);
    }
  }

  /** The repository as `visitor` may use it; undefined without any role there. */
  static find(access: AccessCache, visitor: Visitor, path: RepositoryPath): Soon<OpenRepository | undefined> {
    return whenKnown(access.rightsOf(visitor.accountId), (rights) => OpenRepository.#under(rights, visitor, path));
  }

  static #under({ grants, modes }: Rights, visitor: Visitor, path: RepositoryPath): OpenRepository | undefined {
    const granted = roleOn(grants, path.text);
    if (granted === undefined) return undefined;
    const role = visitor.mostRole === undefined ? granted : lesserRole(granted, visitor.mostRole);
    return new OpenRepository(path, role, { actor: actorOf(visitor), origin: visitor.origin, mode: modeAt(modes, path.text) });
  }

  /** The same, or a thrown `forbidden`, which tells nothing of what is there; `unavailable` in maintenance. */
  static open(access: AccessCache, visitor: Visitor, path: RepositoryPath): Soon<OpenRepository> {
    return whenKnown(OpenRepository.find(access, visitor, path), (repository) => {
      if (repository === undefined) throw new HubError("forbidden", `${visitor.accountName} has no role on ${path.text}`);
      repository.requireMode("read");
      return repository;
    });
  }

  /** For the operator of this machine, who has the command line and with it every right. */
  static forOperator(path: RepositoryPath, by: Actor): OpenRepository {
    return new OpenRepository(path, "admin", { actor: by, origin: undefined, mode: undefined });
  }
}
