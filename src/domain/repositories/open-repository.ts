import type { Actor, Origin } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { lesserRole, type Permission, type Role, roleAllows } from "#model/permissions.ts";
import type { RepositoryPath } from "#model/repository.ts";
import { type FilePath, filePath } from "#storage/file-path.ts";
import type { AccessCache } from "../access/access-cache.ts";
import { roleOn } from "../access/role-on.ts";
import type { Visitor } from "../access/visitor.ts";
import { actorOf } from "../access/visitor.ts";

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
  /** Its folder on the entry. */
  readonly folder: FilePath;
  readonly #opened = true; // makes the class nominal: a look-alike object is no OpenRepository

  private constructor(path: RepositoryPath, role: Role, actor: Actor, origin: Origin | undefined) {
    this.path = path;
    this.role = role;
    this.actor = actor;
    this.origin = origin;
    this.folder = filePath("restic", ...path.segments);
  }

  /** Whether the principal may do this here. */
  allows(permission: Permission): boolean {
    return this.#opened && roleAllows(this.role, permission);
  }

  /** Throws `forbidden`, in words for the person at the other end. */
  require(permission: Permission): void {
    if (!this.allows(permission)) throw new HubError("forbidden", `This account has only the role ${this.role} on ${this.path.text}`);
  }

  /** The repository as `visitor` may use it; undefined without any role there. */
  static async find(access: AccessCache, visitor: Visitor, path: RepositoryPath): Promise<OpenRepository | undefined> {
    const granted = roleOn(await access.grantsOf(visitor.accountId), path.text);
    if (granted === undefined) return undefined;
    const role = visitor.mostRole === undefined ? granted : lesserRole(granted, visitor.mostRole);
    return new OpenRepository(path, role, actorOf(visitor), visitor.origin);
  }

  /** The same, or a thrown `forbidden`, which tells nothing of what is there. */
  static async open(access: AccessCache, visitor: Visitor, path: RepositoryPath): Promise<OpenRepository> {
    const repository = await OpenRepository.find(access, visitor, path);
    if (repository === undefined) throw new HubError("forbidden", `${visitor.accountName} has no role on ${path.text}`);
    return repository;
  }

  /** For the operator of this machine, who has the command line and with it every right. */
  static forOperator(path: RepositoryPath, by: Actor): OpenRepository {
    return new OpenRepository(path, "admin", by, undefined);
  }
}
