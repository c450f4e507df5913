import type { Grant } from "#model/account.ts";
import { foldName } from "#model/account.ts";
import type { Actor, Origin } from "#model/actor.ts";
import type { ApiToken } from "#model/api-token.ts";
import { HubError } from "#model/hub-error.ts";
import { lesserRole, PERMISSIONS, type Permission, permissionsOf, type Role } from "#model/permissions.ts";
import type { Core } from "../core.ts";
import { mayGrantOn, rootsOf } from "./grant-reach.ts";
import { roleOn } from "./role-on.ts";
import { actorOf, type Visitor } from "./visitor.ts";

// Of so many paths SQL makes one condition; whoever has more gets all rows looked through.
const MOST_ROOTS = 100;

/**
 * Who uses the hub's own API, and what exists for them. The operator and API tokens see everything; for an account there is nothing but
 * itself, its grants, the repositories it has a role on, and what is granted where it has the role `admin`.
 */
export class Caller {
  readonly kind: "operator" | "token" | "account";
  /** As the timeline names it. */
  readonly actor: Actor;
  readonly origin: Origin;
  /** What it may do with the hub's settings. For an account it holds only within what exists for it. */
  readonly permissions: readonly Permission[];
  /** Set for a token. */
  readonly token: ApiToken | undefined;
  /** Set for an account. */
  readonly visitor: Visitor | undefined;
  readonly #grants: readonly Grant[];

  private constructor(fields: Pick<Caller, "kind" | "actor" | "origin" | "permissions" | "token" | "visitor">, grants: readonly Grant[]) {
    this.kind = fields.kind;
    this.actor = fields.actor;
    this.origin = fields.origin;
    this.permissions = fields.permissions;
    this.token = fields.token;
    this.visitor = fields.visitor;
    this.#grants = grants;
  }

  static operator(origin: Origin): Caller {
    const actor = { kind: "operator" } as const;
    return new Caller({ kind: "operator", actor, origin, permissions: PERMISSIONS, token: undefined, visitor: undefined }, []);
  }

  static withToken(token: ApiToken, origin: Origin): Caller {
    const actor = { kind: "token", name: token.name } as const;
    return new Caller({ kind: "token", actor, origin, permissions: permissionsOf(token.scopes), token, visitor: undefined }, []);
  }

  static async account(core: Core, visitor: Visitor): Promise<Caller> {
    const { mostRole } = visitor;
    const granted = (await core.access.rightsOf(visitor.accountId)).grants;
    const grants = granted.map((grant) => (mostRole === undefined ? grant : { ...grant, role: lesserRole(grant.role, mostRole) }));
    const permissions: readonly Permission[] = grants.some(({ role }) => role === "admin") ? ["see", "grant"] : ["see"];
    return new Caller({ kind: "account", actor: actorOf(visitor), origin: visitor.origin, permissions, token: undefined, visitor }, grants);
  }

  /** Whether there is an account of that name for it. */
  seesAccount(name: string): boolean {
    return this.visitor === undefined || foldName(name) === foldName(this.visitor.accountName);
  }

  /** Throws `not_found` for an account that does not exist for it. */
  requireAccount(name: string): void {
    if (!this.seesAccount(name)) throw new HubError("not_found", "There is no such account");
  }

  /** The role of an account on a repository; `admin` for those who see everything. */
  roleOn(path: string): Role | undefined {
    return this.visitor === undefined ? "admin" : roleOn(this.#grants, path);
  }

  /** Throws `not_found` for a repository that does not exist for it. */
  requireRepository(path: string): void {
    if (this.roleOn(path) === undefined) throw new HubError("not_found", "There is no such repository");
  }

  /** Whether it may give others a role on that path and all below it. */
  mayGrantOn(path: string): boolean {
    if (this.visitor === undefined) return this.permissions.includes("manage_access");
    return mayGrantOn(this.#grants, path);
  }

  /** Throws `not_found` for a path on which it has no role at all, `forbidden` for one on which it may not grant. */
  requireGrantOn(path: string): void {
    if (this.mayGrantOn(path)) return;
    this.requireRepository(path);
    throw new HubError("forbidden", "Only the role admin, on all of this path, may grant there");
  }

  /** Whether what is set on that path counts for something that it has a role on. */
  isConcernedBy(path: string): boolean {
    return this.visitor === undefined || this.roleOn(path) !== undefined || this.#grants.some((grant) => grant.path.startsWith(path));
  }

  /** Whether it may say how long what lies on that path and below it is kept. */
  mayHoldOn(path: string): boolean {
    if (this.visitor === undefined) return this.permissions.includes("hold");
    // As with granting: whoever may less somewhere below would keep others there from what they may.
    return mayGrantOn(this.#grants, path);
  }

  /** Throws `not_found` for a path on which it has no role at all, `forbidden` for one on which it may not hold. */
  requireHoldOn(path: string): void {
    if (this.mayHoldOn(path)) return;
    this.requireRepository(path);
    throw new HubError("forbidden", "Only the role admin, on all of this path, may hold there");
  }

  /** Throws `not_found` for a repository that does not exist for it, `forbidden` for one on which it may not do all there is to do. */
  requireAdminOn(path: string): void {
    this.requireRepository(path);
    if (this.roleOn(path) !== "admin") throw new HubError("forbidden", "Only the role admin there may do this");
  }

  /** Whether a grant exists for it. */
  seesGrant({ accountId, path }: Pick<Grant, "accountId" | "path">): boolean {
    return this.visitor === undefined || accountId === this.visitor.accountId || roleOn(this.#grants, path) === "admin";
  }

  /** The paths on which it has a role, without those that lie below another; none for those who see everything. */
  get roots(): readonly string[] {
    return rootsOf(this.#grants.map(({ path }) => path));
  }

  /** Paths at or below which everything lies on which it has one of these roles, or any; undefined: no such bound helps. */
  rootsWith(role?: Role): readonly string[] | undefined {
    if (this.visitor === undefined) return undefined;
    const roots = rootsOf(this.#grants.filter((grant) => role === undefined || grant.role === role).map(({ path }) => path));
    return roots.length > MOST_ROOTS ? undefined : roots;
  }
}
