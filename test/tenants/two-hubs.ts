import { join } from "node:path";
import { addAccount } from "#domain/access/add-account.ts";
import { addCredential } from "#domain/access/add-credential.ts";
import { addToken } from "#domain/access/add-token.ts";
import { setGrant } from "#domain/access/set-grant.ts";
import { setMode } from "#domain/modes/set-mode.ts";
import { setQuota } from "#domain/quotas/set-quota.ts";
import { addHold } from "#domain/removal/add-hold.ts";
import { openCleanupWindow } from "#domain/removal/open-cleanup-window.ts";
import { setCleanupOnly } from "#domain/removal/set-cleanup-only.ts";
import { OPERATOR } from "#model/actor.ts";
import { changesBetween, DatabaseState, type State } from "../support/database-state.ts";
import { type DoorHub, startDoorHub } from "../support/door-hub.ts";
import { fileState } from "../support/file-state.ts";
import { basic, sha256 } from "../support/http-request.ts";
import { addVisitors, type Visitor } from "./visitors.ts";

const DAY_MS = 86_400_000;
const GiB = 1024 ** 3;

/** The tenant who asks. */
export const OWN = { account: "alice", login: "alice", path: "/alice/photos/", token: "metrics" };
/** The other one, of whom nobody else may learn. */
export const OTHER = { account: "Zoë", login: "Zoë.nas", path: "/Zoë/vault/", token: "zoes-dashboard" };

const TYPES = ["data", "keys", "locks", "snapshots", "index"] as const;

/** What a tenant has stored, of each type something of its own. */
export function objectsOf({ account }: { readonly account: string }): readonly { type: string; id: string; bytes: Buffer }[] {
  return TYPES.map((type) => {
    const bytes = Buffer.from(`${type} of ${account}, which nobody else may read. `.repeat(23));
    return { type, id: sha256(bytes), bytes };
  });
}

/** Words by which the other tenant would be known, whoever told them; the names above are for asking. */
export const TELLTALES: readonly string[] = [
  "nobody else may read",
  ...objectsOf(OTHER).map(({ id }) => id),
  "203.0.113.9",
  "198.18.7.0",
  "the attic's own machine",
  "until the lawsuit is over",
  "spring cleaning of the vault",
  "frozen by the notary",
  "7654321987",
  "quentin",
  "restic/0.0.77",
  "/Zoë/vault/",
  "/Zoë/frozen/",
  "Zoë.nas",
  "zoes-dashboard",
];

/** One hub of the two, over a real disk. */
export interface TenantHub extends AsyncDisposable {
  readonly door: DoorHub;
  readonly main: string;
  readonly restic: string;
  readonly visitors: readonly Visitor[];
  /** What there is now in the database. */
  rows(): State;
  /** What there is now on the disk. Takes a while: a repository has hundreds of folders. */
  files(): State;
  /** Numbers of everything that is the other tenant's and has one: lines of the timeline, holds, windows. */
  otherIds(table: string): readonly number[];
}

/** Two hubs that differ in one thing: on `both` another tenant lives as well. Whoever is not that tenant must not find a difference. */
export interface TwoHubs extends AsyncDisposable {
  readonly both: TenantHub;
  readonly alone: TenantHub;
}

export async function startTwoHubs(): Promise<TwoHubs> {
  await using stack = new AsyncDisposableStack();
  // Both live at one moment, so that what is told of times is the same.
  const time = { nowMs: Date.UTC(2026, 10, 21, 12) };
  const alone = stack.use(await startOne(time));
  const both = stack.use(await startOne(time));
  await settleOther(both.door);
  time.nowMs += DAY_MS; // what was to expire has expired
  for (const hub of [both, alone]) await untilQuiet(hub);
  const owned = stack.move();
  return { both, alone, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Waits until what was stored has been counted. */
async function untilQuiet(hub: TenantHub): Promise<void> {
  for (let quiet = 0, before = hub.rows(); quiet < 8; ) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const now = hub.rows();
    quiet = changesBetween(before, now).length === 0 ? quiet + 1 : 0;
    before = now;
  }
}

async function startOne(time: { readonly nowMs: number }): Promise<TenantHub> {
  await using stack = new AsyncDisposableStack();
  // Visitors come from addresses of their own, through a proxy: nobody here is this machine's operator, or passes for it.
  const flags = { "proxy.peers": "127.0.0.1", "limits.timelineDelayMs": "5" };
  const door = stack.use(await startDoorHub({ flags, clock: () => time.nowMs, monotonic: () => time.nowMs }));
  const visitors = await addVisitors(door, { nowMs: time.nowMs });
  await settle(door, { ...OWN, secret: "the password of alice", address: "198.51.100.1", role: "admin" });
  const database = stack.use(new DatabaseState(join(door.data, "holdfast.sqlite")));
  const owned = stack.move();
  const { main = "", restic = "" } = door.hub.addresses;
  return {
    door,
    main,
    restic,
    visitors,
    rows: () => database.read(),
    files: () => fileState(join(door.data, "files")),
    otherIds: (table) => database.idsOf(table, { word: "Zoë", but: OWN.account }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Everything a tenant can have here: objects, something in the trash, a hold, a window, a mark, a quota. */
async function settle(
  door: DoorHub,
  tenant: { account: string; path: string; secret: string; address: string; role: "admin" | "maintain"; client?: string },
): Promise<void> {
  const { core } = door.hub;
  const { account, path, secret, address } = tenant;
  const headers = {
    authorization: basic({ login: account, secret }),
    "x-forwarded-for": address,
    "user-agent": tenant.client ?? "restic/0.19.1",
  };
  const send = async (method: string, below: string, body: Uint8Array = Buffer.alloc(0)) => {
    const reply = await door.send(method, `${encodeURI(path)}${below}`, { credentials: undefined, headers, body });
    if (reply.status !== 200) throw new Error(`${method} ${path}${below}: ${reply.status} ${reply.reason}`);
  };
  await setGrant(core, OPERATOR, { accountName: account, path: `/${account}/`, role: tenant.role });
  await send("POST", "?create=true");
  await send("POST", "config", Buffer.from(`the config of ${account}, which nobody else may read`));
  for (const { type, id, bytes } of objectsOf(tenant)) await send("POST", `${type}/${id}`, bytes);
  const gone = Buffer.from(`a pack of ${account} that went to the trash, which nobody else may read`);
  await send("POST", `data/${sha256(gone)}`, gone);
  await send("DELETE", `data/${sha256(gone)}`);
}

/** The other tenant, with words of its own wherever something takes a word. */
async function settleOther(door: DoorHub): Promise<void> {
  const { core } = door.hub;
  const { account, path } = OTHER;
  const secret = "the password of Zoe";
  await addAccount(core, OPERATOR, { name: account, appendOnly: false, secret });
  await settle(door, { account, path, secret, address: "203.0.113.9", role: "maintain", client: "restic/0.0.77" });
  const label = "the attic's own machine";
  await addCredential(core, OPERATOR, { accountName: account, word: "nas", label, addresses: ["198.18.7.0/24"] });
  await addAccount(core, OPERATOR, { name: "quentin", appendOnly: true });
  await setGrant(core, OPERATOR, { accountName: "quentin", path, role: "read" });
  await addHold(core, OPERATOR, { path, term: { kind: "rolling", minAgeMs: 9 * DAY_MS }, reason: "until the lawsuit is over" });
  const owner = { kind: "login", name: "Zoë" } as const;
  await openCleanupWindow(core, OPERATOR, { owner, path, reason: "spring cleaning of the vault" });
  await setCleanupOnly(core, OPERATOR, { path, cleanupOnly: true });
  for (const scope of [{ kind: "repository", path } as const, { kind: "account", name: account } as const]) {
    await setQuota(core, OPERATOR, { scope, softBytes: GiB, hardBytes: 7_654_321_987 });
  }
  await setMode(core, OPERATOR, { path: "/Zoë/frozen/", mode: "read_only", reason: "frozen by the notary" });
  await addToken(core, OPERATOR, { name: OTHER.token, scopes: ["read"] });
}
