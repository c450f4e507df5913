/**
 * The closed list of what someone may do, on bytes and on settings. Every door's roles and scopes are named sets of it.
 *
 * - `read`    list and read files
 * - `lock`    add and remove restic locks
 * - `add`     add files, and create the repository or account folder they go to
 * - `remove`  take files away (into the trash)
 * - `grant`   give others a role here
 * - `hold`    set a time before which nothing here may be removed
 */
export const PERMISSIONS = ["read", "lock", "add", "remove", "grant", "hold"] as const;

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
