/**
 * The closed list of what someone may do, on bytes and on settings. Every door's roles and scopes are named sets of it.
 *
 * - `read`    list and read files
 * - `lock`    add and remove restic locks
 * - `add`     add files, and create the repository or account folder they go to
 * - `remove`  take files away (into the trash)
 * - `grant`   give others a role here
 * - `hold`    set a time before which nothing here may be removed
 * - `see`     look at settings, what is kept here, and what has happened
 * - `metrics`         read the figures for monitoring
 * - `manage_access`   make, change and remove accounts, credentials and grants
 * - `manage_storage`  make repositories; quotas, holds, trash and clean-up
 * - `manage_hub`      API tokens, modes, and all that concerns the hub as a whole
 */
export const PERMISSIONS = [
  "read",
  "lock",
  "add",
  "remove",
  "grant",
  "hold",
  "see",
  "metrics",
  "manage_access",
  "manage_storage",
  "manage_hub",
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** What a role on a repository allows (design: "Who gets in"). `backup` is what restic's users call append-only. */
export const ROLES = {
  read: ["read", "lock"],
  backup: ["read", "lock", "add"],
  maintain: ["read", "lock", "add", "remove"],
  admin: ["read", "lock", "add", "remove", "grant", "hold"],
} as const satisfies Record<string, readonly Permission[]>;

export type Role = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as readonly Role[]; // Object.keys forgets the key type

/** Whether `role` allows `permission`. No role allows nothing. */
export function roleAllows(role: Role | undefined, permission: Permission): boolean {
  return role !== undefined && (ROLES[role] as readonly Permission[]).includes(permission);
}

/** The lesser of two roles: each allows what the one before it does, and more. */
export function lesserRole(one: Role, other: Role): Role {
  return ROLE_NAMES.indexOf(one) <= ROLE_NAMES.indexOf(other) ? one : other;
}

/**
 * What an API token may do. None of them reads or changes a byte of a backup; `access` may give an account a role that does, so it
 * is a key to everything that is kept here.
 *
 * - `metrics`  read the figures, and nothing else
 * - `read`     look at everything the API shows
 * - `storage`  `read`, and manage what is kept: repositories, quotas, holds, trash
 * - `access`   `read`, and manage who may use it: accounts, credentials, grants
 * - `admin`    everything, API tokens included
 */
export const SCOPES = {
  metrics: ["metrics"],
  read: ["see", "metrics"],
  storage: ["see", "metrics", "manage_storage", "hold"],
  access: ["see", "metrics", "manage_access", "grant"],
  admin: ["see", "metrics", "manage_access", "manage_storage", "manage_hub", "grant", "hold"],
} as const satisfies Record<string, readonly Permission[]>;

export type Scope = keyof typeof SCOPES;

export const SCOPE_NAMES = Object.keys(SCOPES) as readonly Scope[]; // Object.keys forgets the key type

/** What several scopes allow together, in the order of `PERMISSIONS`. */
export function permissionsOf(scopes: readonly Scope[]): readonly Permission[] {
  return PERMISSIONS.filter((permission) => scopes.some((scope) => (SCOPES[scope] as readonly Permission[]).includes(permission)));
}
