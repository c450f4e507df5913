import type { Actor, Origin } from "#model/actor.ts";
import { ARCHIVE_SCOPES, type Archive, type ArchiveDoor, type ArchiveScope } from "#model/archive.ts";
import { HubError } from "#model/hub-error.ts";
import { type ModeSetting, WHOLE_HUB } from "#model/mode.ts";
import type { Permission } from "#model/permissions.ts";
import { below, type FilePath, filePath } from "#storage/file-path.ts";
import type { AccessCache, ArchiveRules } from "../access/access-cache.ts";
import { actorOf, type Visitor } from "../access/visitor.ts";
import { holdOn, mayExpire } from "../removal/may-expire.ts";
import type { Moment } from "../removal/may-remove.ts";

/**
 * The archives of one account at one door, as one principal may use them. Only its own static functions make one, so a verb that is handed
 * it needs no further look at who asks, and a handler has no way to name another tenant's archive.
 */
export class OpenArchives {
  readonly accountId: number;
  readonly accountName: string;
  readonly door: ArchiveDoor;
  readonly scope: ArchiveScope;
  readonly rules: ArchiveRules;
  readonly actor: Actor;
  /** The login that asks; stands in what it stores. */
  readonly login: string;
  readonly origin: Origin | undefined;
  /** The account's folder on the entry. */
  readonly folder: FilePath;
  readonly #opened = true; // makes the class nominal: a look-alike object is no OpenArchives

  private constructor(fields: Pick<OpenArchives, "accountId" | "accountName" | "door" | "scope" | "rules" | "actor" | "login" | "origin">) {
    this.accountId = fields.accountId;
    this.accountName = fields.accountName;
    this.door = fields.door;
    this.scope = fields.scope;
    this.rules = fields.rules;
    this.actor = fields.actor;
    this.login = fields.login;
    this.origin = fields.origin;
    this.folder = archiveFolder(fields);
  }

  /** The visitor's archives. Throws `forbidden` for a login that is not for archives, `unavailable` in maintenance. */
  static async open(access: AccessCache, visitor: Visitor, door: ArchiveDoor): Promise<OpenArchives> {
    const { accountId, accountName, archiveScope, login, origin } = visitor;
    const rules = archiveScope === undefined ? undefined : await access.archiveRules(accountId);
    if (archiveScope === undefined || rules === undefined) throw new HubError("forbidden", "This login is not for archives");
    const archives = new OpenArchives({ accountId, accountName, door, scope: archiveScope, rules, actor: actorOf(visitor), login, origin });
    archives.requireMode("read");
    return archives;
  }

  /** Whether the scope covers this, whatever mode is in force. */
  allows(permission: Permission): boolean {
    return this.#opened && (ARCHIVE_SCOPES[this.scope] as readonly Permission[]).includes(permission);
  }

  /** Throws `forbidden`, in words for the person at the other end; `unavailable` in maintenance. */
  require(permission: Permission): void {
    this.requireMode(permission);
    if (!this.allows(permission)) throw new HubError("forbidden", `This login is ${this.scope}`);
  }

  /** Throws what the mode in force has to say to this: `forbidden` when the hub is read-only, `unavailable` in maintenance. */
  requireMode(permission: Permission): void {
    const mode = wholeHubMode(this.rules.modes);
    if (mode?.mode === "maintenance") throw new HubError("unavailable", `Maintenance: ${mode.reason}`);
    if (mode?.mode === "read_only" && permission !== "read") throw new HubError("forbidden", `Read-only: ${mode.reason}`);
  }

  /** Whether it is there for its account: an archive whose time is over is not, also when nothing has carried that out yet. */
  isLive(archive: Archive, now: Moment): boolean {
    return archive.expiredAtMs === undefined && !mayExpire(archive, "time", now, this.retention).allowed;
  }

  /** Whether a hold keeps it, whatever its time. */
  isHeld({ name }: Pick<Archive, "name">): boolean {
    return holdOn(name, this.rules.holds) !== undefined;
  }

  /** What decides how long they stay. */
  get retention() {
    return { retentionMode: this.rules.account.retentionMode, holds: this.rules.holds };
  }

  /** Where the file of an archive lies. */
  pathOf({ storedName }: Pick<Archive, "storedName">): FilePath {
    return below(this.folder, storedName);
  }

  /** Where uploads wait until they are whole. */
  get temps(): FilePath {
    return below(this.folder, ".hub-tmp");
  }
}

/** The folder of an account's archives of one door. */
export function archiveFolder({ door, accountName }: { readonly door: ArchiveDoor; readonly accountName: string }): FilePath {
  return filePath(door, accountName);
}

/** Where what `holdfast rebuild` needs of an archive lies, beside its file. */
export function sidecarPath(folder: FilePath, id: number): FilePath {
  return below(folder, ".hub-meta", `${id}.json`);
}

function wholeHubMode(modes: readonly ModeSetting[]): ModeSetting | undefined {
  const whole = modes.filter(({ scope }) => scope === WHOLE_HUB);
  return whole.find(({ mode }) => mode === "maintenance") ?? whole[0];
}
