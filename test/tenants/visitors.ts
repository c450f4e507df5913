import { addAccount } from "#domain/access/add-account.ts";
import { addCredential } from "#domain/access/add-credential.ts";
import { addToken } from "#domain/access/add-token.ts";
import { disableAccount } from "#domain/access/disable-account.ts";
import { disableCredential } from "#domain/access/disable-credential.ts";
import { disableToken } from "#domain/access/disable-token.ts";
import { removeToken } from "#domain/access/remove-token.ts";
import { setGrant } from "#domain/access/set-grant.ts";
import { OPERATOR } from "#model/actor.ts";
import { type Permission, SCOPE_NAMES, SCOPES } from "#model/permissions.ts";
import type { DoorHub } from "../support/door-hub.ts";
import { basic } from "../support/http-request.ts";

type Headers = Readonly<Record<string, string>>;

/** Somebody who comes to the hub with credentials of one kind, or none. */
export type Visitor =
  /** Who is not let in; with the status that each door has for that. */
  | { readonly kind: "stranger"; readonly name: string; readonly headers: Headers; readonly restic: 401 | 403; readonly api: 401 | 403 }
  /** A tenant's own account, which may do nothing outside its own tree; `capped`: and change nothing in that. */
  | { readonly kind: "tenant"; readonly name: string; readonly headers: Headers; readonly capped: boolean }
  /** An API token that works. */
  | { readonly kind: "token"; readonly name: string; readonly headers: Headers; readonly permissions: readonly Permission[] };

const SOON_MS = 1000;
const MANY = 101;
const SECRET = "a right password";

/** Makes every kind of visitor on that hub, in the same order on each. */
export async function addVisitors(door: DoorHub, { nowMs }: { readonly nowMs: number }): Promise<readonly Visitor[]> {
  const { core } = door.hub;
  const accountName = "alice";
  await addAccount(core, OPERATOR, { name: accountName, appendOnly: false, secret: "the password of alice" });
  const login = async (word: string, settings: object = {}) => {
    const { login: made } = await addCredential(core, OPERATOR, { accountName, word, secret: SECRET, ...settings });
    return { authorization: basic({ login: made, secret: SECRET }) };
  };
  const expired = await login("expired", { expiresAtMs: nowMs + SOON_MS });
  const disabled = await login("disabled");
  await disableCredential(core, OPERATOR, { login: "alice.disabled" });
  const elsewhere = await login("elsewhere", { addresses: ["192.0.2.0/24"] });
  const capped = await login("reader", { mostRole: "read" });
  await addAccount(core, OPERATOR, { name: "carol", appendOnly: false, secret: SECRET });
  await disableAccount(core, OPERATOR, { name: "carol" });

  // More grants than one question to the database has room for: then rows of others are looked through as well.
  const { secret: many } = await addAccount(core, OPERATOR, { name: "dora", appendOnly: false });
  for (let index = 0; index < MANY; index += 1) {
    await setGrant(core, OPERATOR, { accountName: "dora", path: `/dora/${index}/`, role: "admin" });
  }

  const token = async (name: string, more: { expiresAtMs?: number } = {}) => {
    const { secret } = await addToken(core, OPERATOR, { name, scopes: ["admin"], ...more });
    return { authorization: `Bearer ${secret}` };
  };
  const tokenOver = await token("over", { expiresAtMs: nowMs + SOON_MS });
  const tokenDisabled = await token("disabled");
  await disableToken(core, OPERATOR, { name: "disabled" });
  const tokenRemoved = await token("removed");
  await removeToken(core, OPERATOR, { name: "removed" });
  const scoped: Visitor[] = [];
  for (const scope of SCOPE_NAMES) {
    const { secret } = await addToken(core, OPERATOR, { name: scope, scopes: [scope] });
    scoped.push({
      kind: "token",
      name: `a token of the scope ${scope}`,
      headers: { authorization: `Bearer ${secret}` },
      permissions: SCOPES[scope],
    });
  }

  const guess = (name: string) => ({ authorization: basic({ login: name, secret: "a wrong guess" }) });
  const stranger = (name: string, headers: Headers, restic: 401 | 403 = 401, api = restic): Visitor => {
    return { kind: "stranger", name, headers, restic, api };
  };
  const visitors: Visitor[] = [
    {
      kind: "tenant",
      name: "another tenant",
      headers: { authorization: basic({ login: "alice", secret: "the password of alice" }) },
      capped: false,
    },
    {
      kind: "tenant",
      name: "a tenant with many grants",
      headers: { authorization: basic({ login: "dora", secret: many }) },
      capped: false,
    },
    { kind: "tenant", name: "a login capped to read", headers: capped, capped: true },
    ...scoped,
    stranger("a login that has expired", expired, 403),
    stranger("a login that is disabled", disabled, 403),
    stranger("a login of another network", elsewhere, 403),
    stranger("a disabled account", { authorization: basic({ login: "carol", secret: SECRET }) }, 403),
    stranger("a token that is over", tokenOver),
    stranger("a disabled token", tokenDisabled, 401, 403),
    stranger("a removed token", tokenRemoved),
    stranger("an unknown token", { authorization: `Bearer hf_${"x".repeat(27)}` }),
    stranger("nobody", {}),
    stranger("an empty login", { authorization: "Basic Og==" }),
    stranger("an empty password", { authorization: basic({ login: "alice", secret: "" }) }),
    stranger("credentials that are none", { authorization: "Basic !!!" }),
    stranger("a scheme that is none", { authorization: "Digest username=alice" }),
    stranger("a wrong password", guess("alice")),
    stranger("a wrong password for the other tenant", guess("Zoë")),
    stranger("a wrong password for the other's second login", guess("Zoë.nas")),
    stranger("an unknown login", guess("nobody-at-all")),
  ];
  // Each from an address of its own, so that nobody's failures are counted as another's.
  return visitors.map((visitor, index) => ({ ...visitor, headers: { ...visitor.headers, "x-forwarded-for": `198.51.100.${index + 1}` } }));
}
