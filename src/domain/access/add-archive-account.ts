import type { ArchiveAccountSettings } from "#db/archive-accounts.ts";
import { hashArgon2id } from "#lib/argon2id.ts";
import { refuseAccountName } from "#model/account.ts";
import type { Actor } from "#model/actor.ts";
import { ARCHIVE_SCOPE_NAMES, type ArchiveScope, RETENTION_MODES } from "#model/archive.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";
import { type CredentialSettings, checkSettings } from "./add-credential.ts";
import { drawArchiveLogin, drawArchiveSecret } from "./archive-login.ts";

/** A login for archives and, this once, its secret. */
export interface AddedArchiveLogin {
  readonly accountName: string;
  readonly login: string;
  readonly secret: string;
  readonly scope: ArchiveScope;
}

/** Makes an account that keeps archives, with one login for them. Throws `invalid_input`, `already_exists`. */
export async function addArchiveAccount(
  core: Core,
  by: Actor,
  { name, scope, settings }: { readonly name: string; readonly scope: ArchiveScope; readonly settings: ArchiveAccountSettings },
): Promise<AddedArchiveLogin> {
  const refused = refuseAccountName(name);
  if (refused !== undefined) throw new HubError("invalid_input", refused);
  checkScope(scope);
  checkArchiveSettings(core, settings);
  const { login, secret, secretHash } = await drawLogin();
  const account = await core.database.write("addArchiveAccount", {
    name,
    login,
    secretHash,
    archiveScope: scope,
    settings,
    nowMs: core.clock(),
    by,
  });
  return { accountName: account.name, login, secret, scope };
}

/** Gives an account one more login for archives. Throws `not_found`, `invalid_input`. */
export async function addArchiveCredential(
  core: Core,
  by: Actor,
  { accountName, scope, ...bounds }: Omit<CredentialSettings, "mostRole"> & { readonly accountName: string; readonly scope: ArchiveScope },
): Promise<AddedArchiveLogin> {
  checkScope(scope);
  const { login, secret, secretHash } = await drawLogin();
  await core.database.write("addArchiveCredential", {
    accountName,
    login,
    secretHash,
    archiveScope: scope,
    bounds: { label: null, expiresAtMs: null, addresses: [], mostRole: null, ...checkSettings(core, bounds) },
    most: core.limits.credentialsPerAccount,
    nowMs: core.clock(),
    by,
  });
  return { accountName, login, secret, scope };
}

/** Changes how an account keeps archives, from the next one on. Throws `not_found`, `invalid_input`, `forbidden`. */
export async function setArchiveAccount(
  core: Core,
  by: Actor,
  { accountName, settings }: { readonly accountName: string; readonly settings: ArchiveAccountSettings },
): Promise<void> {
  checkArchiveSettings(core, settings);
  await core.database.write("changeArchiveAccount", { accountName, settings, nowMs: core.clock(), by });
}

const REASON_CHARACTERS = 200;

function checkArchiveSettings(core: Core, settings: ArchiveAccountSettings): void {
  const { retainDays, retentionMode, mostFileBytes, mostFiles, suspendedReason } = settings;
  const { archiveRetainDaysLeast: least, archiveRetainDaysMost: most } = core.limits;
  if (retainDays !== undefined && !(Number.isSafeInteger(retainDays) && retainDays >= least && retainDays <= most)) {
    throw new HubError("invalid_input", `Archives are kept for ${least} to ${most} whole days`);
  }
  if (retentionMode !== undefined && !RETENTION_MODES.includes(retentionMode)) {
    throw new HubError("invalid_input", `The mode is one of ${RETENTION_MODES.join(", ")}`);
  }
  for (const bound of [mostFileBytes, mostFiles]) {
    if (typeof bound === "number" && !(Number.isSafeInteger(bound) && bound >= 0)) {
      throw new HubError("invalid_input", "A bound is a whole number, or none");
    }
  }
  if (typeof suspendedReason === "string" && (suspendedReason.trim() === "" || [...suspendedReason].length > REASON_CHARACTERS)) {
    throw new HubError("invalid_input", `A reason is a sentence of at most ${REASON_CHARACTERS} characters`);
  }
}

function checkScope(scope: ArchiveScope): void {
  if (!ARCHIVE_SCOPE_NAMES.includes(scope)) throw new HubError("invalid_input", `A scope is one of ${ARCHIVE_SCOPE_NAMES.join(", ")}`);
}

async function drawLogin(): Promise<{ readonly login: string; readonly secret: string; readonly secretHash: string }> {
  const secret = drawArchiveSecret();
  return { login: drawArchiveLogin(), secret, secretHash: await hashArgon2id(secret) };
}
