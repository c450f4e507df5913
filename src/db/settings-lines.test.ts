import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "#limits.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { openDatabase } from "./database.ts";
import type { SettingsChange } from "./operations.ts";
import { WRITES, type WriteInput, type WriteName } from "./writes.ts";

/** Every write that says who changes something. */
type SettingsWrite = { [Name in WriteName]: WriteInput<Name> extends SettingsChange ? Name : never }[WriteName];

/** `kind account repository: summary` */
type Line = string;

const BOUNDS = { label: "office", expiresAtMs: null, addresses: [], mostRole: null };

const ALL_ALARMS = { kinds: undefined, accounts: undefined, digest: undefined, digestDay: undefined };

/** For each of them, in the order in which they can follow one another, what is changed and the line that tells of it. */
const LINES: {
  readonly [Name in SettingsWrite]: readonly (readonly [input: Omit<WriteInput<Name>, keyof SettingsChange>, line: Line])[];
} = {
  addAccount: [[{ name: "laptop", login: "laptop", secretHash: "$old", grants: [] }, "settings.changed laptop -: Account laptop was made"]],
  strengthenCredential: [
    [
      { id: 1, formerHash: "$old", secretHash: "$new" },
      "settings.changed laptop -: Login laptop signed in with its imported password, which is kept as argon2id from now on",
    ],
  ],
  addAccountCredential: [
    [
      { accountName: "laptop", word: "nas", kind: "password", secretHash: "$h", certificateName: undefined, bounds: BOUNDS, most: 9 },
      "settings.changed laptop -: Login laptop.nas was made",
    ],
    [
      { accountName: "laptop", word: "card", kind: "certificate", secretHash: "", certificateName: "a.example", bounds: BOUNDS, most: 9 },
      "settings.changed laptop -: Login laptop.card was made for the certificate a.example",
    ],
  ],
  replaceCredentialSecret: [
    [{ login: "laptop.nas", secretHash: "$h2" }, "settings.changed laptop -: Login laptop.nas got a new password"],
    [
      { login: "laptop.nas", secretHash: "$h3", previousUntilMs: 86_400_000 },
      "settings.changed laptop -: Login laptop.nas got a new password; the old one works until 1970-01-02T00:00:00.000Z",
    ],
  ],
  changeCredential: [
    [{ login: "laptop.nas", bounds: { mostRole: "read" } }, "settings.changed laptop -: Login laptop.nas was changed: mostRole read"],
  ],
  disableCredential: [[{ login: "laptop.nas" }, "settings.changed laptop -: Login laptop.nas was disabled"]],
  enableCredential: [[{ login: "laptop.nas" }, "settings.changed laptop -: Login laptop.nas was enabled"]],
  removeCredential: [[{ login: "laptop.nas" }, "settings.changed laptop -: Login laptop.nas was removed"]],
  addArchiveAccount: [
    [
      { name: "router", login: "ABCD2345", secretHash: "$h", archiveScope: "full", settings: { retainDays: 30 } },
      "settings.changed router -: Account router was made",
    ],
  ],
  addArchiveCredential: [
    [
      { accountName: "router", login: "BCDE3456", secretHash: "$h", archiveScope: "put-only", bounds: BOUNDS, most: 9 },
      "settings.changed router -: Login BCDE3456 was made, for archives",
    ],
  ],
  changeArchiveAccount: [
    [
      { accountName: "router", settings: { retainDays: 60, suspendedReason: null } },
      "settings.changed router -: Archives of router: retainDays 60, suspendedReason none",
    ],
  ],
  addArchiveSession: [
    [
      {
        ...{ tokenSha256: "abcdef99", accountId: 2, login: "ABCD2345", namePrefix: "", expiresAtMs: 86_400_000, usesLeft: null },
        ...{ mostPerHour: 9, mostLive: 9 },
      },
      "settings.changed router -: A link ~abcdef to archives of router was made, until 1970-01-02T00:00:00.000Z",
    ],
  ],
  endArchiveSessions: [[{ accountName: "router" }, "settings.changed router -: 1 links to archives of router were ended"]],
  addArchiveHold: [
    [
      { accountName: "router", namePrefix: "", isExact: false, reason: "a lawsuit" },
      "settings.changed router -: A hold on all archives was added",
    ],
    [
      { accountName: "router", namePrefix: "/db", isExact: false, reason: "a lawsuit" },
      "settings.changed router -: A hold on archives whose names begin with /db was added",
    ],
  ],
  removeArchiveHold: [[{ id: 1 }, "settings.changed router -: A hold on all archives was lifted"]],
  setGrant: [
    [{ accountName: "laptop", path: "/a/", role: "maintain" }, "settings.changed laptop /a/: Account laptop got the role maintain on /a/"],
  ],
  removeGrant: [[{ accountName: "laptop", path: "/a/" }, "settings.changed laptop /a/: Account laptop lost its role on /a/"]],
  addApiToken: [
    [
      { name: "grafana", secretSha256: "00", scopes: ["read", "metrics"], expiresAtMs: undefined },
      "settings.changed - -: API token grafana was made, with the scopes read, metrics",
    ],
  ],
  setApiTokenDisabled: [
    [{ name: "grafana", disabled: true }, "settings.changed - -: API token grafana was disabled"],
    [{ name: "grafana", disabled: false }, "settings.changed - -: API token grafana was enabled"],
  ],
  removeApiToken: [[{ name: "grafana" }, "settings.changed - -: API token grafana was removed"]],
  setMode: [
    [{ scope: "hub", mode: "maintenance", reason: "a new disk" }, "settings.changed - -: The hub is in maintenance mode: a new disk"],
    [{ scope: "/a/", mode: "read_only", reason: "evidence" }, "settings.changed - /a/: /a/ is in read-only mode: evidence"],
  ],
  resetHubClock: [[{}, "settings.changed - -: The time that ends windows, logins and tokens was set back to the clock's"]],
  clearMode: [
    [{ scope: "hub" }, "settings.changed - -: The hub is back to work"],
    [{ scope: "/a/" }, "settings.changed - /a/: /a/ is back to work"],
  ],
  addEntryPath: [
    [
      { entry: "main", prefix: "restic/old", folder: "/srv/old", mount: undefined },
      "settings.changed - -: /restic/old/ is kept in /srv/old",
    ],
  ],
  removeEntryPath: [[{ entry: "main", prefix: "restic/old" }, "settings.changed - -: /restic/old/ is no longer kept in /srv/old"]],
  rememberRepository: [[{ path: "/a/b/", home: "main" }, "repository.created - /a/b/: Repository /a/b/ was seen for the first time"]],
  addHold: [
    [
      { path: "/a/", term: { kind: "fixed", untilMs: 86_400_000 }, reason: "audit" },
      "settings.changed - /a/: A hold on /a/ until 1970-01-02T00:00:00.000Z was added",
    ],
    [
      { path: "/a/", term: { kind: "rolling", minAgeMs: 86_400_000 }, reason: "ransom" },
      "settings.changed - /a/: A hold on /a/ for 1 days after arrival was added",
    ],
  ],
  removeHold: [
    [{ id: 1 }, "settings.changed - /a/: A hold on /a/ until 1970-01-02T00:00:00.000Z was lifted"],
    [{ id: 2 }, "settings.changed - /a/: A hold on /a/ for 1 days after arrival was lifted"],
  ],
  openCleanupWindow: [
    [
      { owner: { kind: "login", name: "laptop" }, path: "/a/", reason: "yearly", closesAtMs: 600_005 },
      "cleanup.opened laptop /a/: The login laptop may remove in /a/ for 10 minutes: yearly",
    ],
  ],
  closeCleanupWindow: [[{ id: 1 }, "cleanup.closed laptop /a/: The login laptop may no longer remove in /a/"]],
  setCleanupOnly: [
    [{ path: "/a/", cleanupOnly: true }, "settings.changed - /a/: In /a/ only a clean-up window lets anybody remove"],
    [{ path: "/a/", cleanupOnly: false }, "settings.changed - /a/: In /a/ removing needs no clean-up window any more"],
  ],
  setQuota: [
    [
      { scope: { kind: "account", name: "laptop" }, softBytes: null, hardBytes: 9, summary: "hard 9 B" },
      "settings.changed laptop -: Quota of account laptop: hard 9 B",
    ],
    [
      { scope: { kind: "repository", path: "/a/b/" }, softBytes: 5, hardBytes: null, summary: "soft 5 B" },
      "settings.changed - /a/b/: Quota of repository /a/b/: soft 5 B",
    ],
    [{ scope: { kind: "hub" }, softBytes: null, hardBytes: null, summary: "none" }, "settings.changed - -: Quota of the hub: none"],
  ],
  addChannel: [
    [
      { name: "phone", kind: "ntfy", sealKey: "k", sealedSettings: "sealed 1", ...ALL_ALARMS },
      "settings.changed - -: Alarm channel phone (ntfy) was added",
    ],
  ],
  changeChannel: [
    [
      { name: "phone", sealedSettings: "sealed 2", formerSettings: "sealed 1", ...ALL_ALARMS },
      "settings.changed - -: Alarm channel phone was changed",
    ],
  ],
  setChannelDisabled: [
    [{ name: "phone", disabled: true }, "settings.changed - -: Alarm channel phone was disabled"],
    [{ name: "phone", disabled: false }, "settings.changed - -: Alarm channel phone was enabled"],
  ],
  removeChannel: [[{ name: "phone" }, "settings.changed - -: Alarm channel phone was removed"]],
  addSilence: [
    [
      { target: { kind: "subject", subject: "thing 1" }, untilMs: 86_400_000, reason: "holiday" },
      "settings.changed - -: All about thing 1 is muted until 1970-01-02T00:00:00.000Z: holiday",
    ],
  ],
  removeSilence: [[{ id: 1 }, "settings.changed - -: All about thing 1 is not muted any more"]],
  disableAccount: [[{ name: "laptop" }, "settings.changed laptop -: Account laptop was disabled"]],
  enableAccount: [[{ name: "laptop" }, "settings.changed laptop -: Account laptop was enabled"]],
  removeAccount: [[{ name: "laptop" }, "settings.changed laptop -: Account laptop was removed"]],
};

/** The hub's own bookkeeping, which changes no setting. */
const OTHERS: readonly Exclude<WriteName, SettingsWrite>[] = [
  "recordCredentialUses",
  "recordSignIns",
  "recordOperations",
  "writeTimeline",
  "beatOperationProcess",
  "interruptOperations",
  "trimOperations",
  "touchApiToken",
  "advanceHubClock",
  "forgetTrashHours",
  "drawQuota",
  "flushUse",
  "setTrashBytes",
  "noteQuotaMet",
  "registerQuotaProcess",
  "beatQuotaProcess",
  "endQuotaProcess",
  "buryQuotaProcesses",
  "askRecount",
  "claimRecount",
  "confirmCount",
  "disturbRecount",
  "dropRecount",
  "registerDueWorkProcess",
  "beatDueWorkProcess",
  "endDueWorkProcess",
  "scheduleDueWork",
  "claimDueWork",
  "endDueWork",
  "cancelDueWork",
  "mendDueTimes",
  "useArchiveSession",
  "beginArchive",
  "growArchive",
  "completeArchive",
  "takeBackArchive",
  "abandonArchive",
  "expireArchive",
  "claimExpiredArchive",
  "releaseExpiredArchive",
  "archiveLeft",
  "openAlarm",
  "closeAlarm",
  "announceAlarm",
  "settleAlarm",
  "postponeAlarm",
  "trimAlarms",
  "addDigest",
  "beginDelivery",
  "delayDelivery",
  "dropDeliveries",
  "finishDelivery",
  "foldDeliveries",
  "postponeDeliveries",
  "recordTest",
  "trimDeliveries",
  "trimSilences",
];

test("every write that there is either changes a setting and has its line here, or is the hub's own bookkeeping", () => {
  assert.deepEqual([...Object.keys(LINES), ...OTHERS].sort(), Object.keys(WRITES).sort());
});

test("every change of a setting leaves one line in the timeline, which says who made it, and when, and what about", async () => {
  await using folder = await tempFolder();
  await using database = await openDatabase({ kind: "sqlite", file: join(folder.path, "facts.sqlite"), limits: DEFAULT_LIMITS });
  const by = { kind: "token", name: "ci" } as const;
  let nowMs = 4;
  let seen = 0;
  const newLines = async (): Promise<readonly Line[]> => {
    const rows = await database.read.selectFrom("operation").selectAll().where("id", ">", seen).orderBy("id").execute();
    seen = rows.at(-1)?.id ?? seen;
    for (const { actorKind, actorName, startedAtMs, status } of rows) {
      assert.deepEqual([actorKind, actorName, startedAtMs, status], ["token", "ci", nowMs, "succeeded"]);
    }
    return rows.map(({ kind, account, repository, summary }) => `${kind} ${account ?? "-"} ${repository ?? "-"}: ${summary}`);
  };
  for (const [name, cases] of Object.entries(LINES)) {
    for (const [input, line] of cases) {
      nowMs += 1;
      // Each input is that of its name by the type of the table, which the list of its entries forgets.
      await database.write(name as "addAccount", { ...input, by, nowMs } as unknown as WriteInput<"addAccount">);
      assert.deepEqual(await newLines(), [line], name);
    }
  }
});
