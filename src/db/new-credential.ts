import { type CredentialKind, foldCertificateName, foldName } from "#model/account.ts";
import type { ArchiveScope } from "#model/archive.ts";
import { HubError } from "#model/hub-error.ts";
import type { Role } from "#model/permissions.ts";
import { shown } from "./shown.ts";
import type { WriteTransaction } from "./tables.ts";

/** What a credential is bound to. */
export interface CredentialBounds {
  readonly label: string | null;
  readonly expiresAtMs: number | null;
  /** None: from everywhere. */
  readonly addresses: readonly string[];
  readonly mostRole: Role | null;
}

export interface NewCredential extends Partial<CredentialBounds> {
  readonly accountId: number;
  readonly login: string;
  readonly kind?: CredentialKind;
  /** Empty for a certificate. */
  readonly secretHash: string;
  readonly certificateName?: string | undefined;
  readonly archiveScope?: ArchiveScope;
  readonly nowMs: number;
}

/** Gives an account something to sign in with; a part of other writes. Throws `already_exists` when the login is or ever was taken. */
export async function addCredential(tx: WriteTransaction, credential: NewCredential): Promise<void> {
  const { accountId, login, kind = "password", secretHash, certificateName, nowMs } = credential;
  const { label = null, expiresAtMs = null, addresses = [], mostRole = null, archiveScope = null } = credential;
  const loginFolded = foldName(login);
  const unused = await tx
    .insertInto("usedLogin")
    .values({ loginFolded })
    .onConflict((conflict) => conflict.column("loginFolded").doNothing())
    .returning("loginFolded")
    .executeTakeFirst();
  if (unused === undefined) throw new HubError("already_exists", `The login ${shown(login)} is taken, or was once`);
  const names = {
    certificateName: certificateName ?? null,
    certificateNameFolded: certificateName === undefined ? null : foldCertificateName(certificateName),
  };
  const bounds = { label, expiresAtMs, addresses: addresses.join(" "), mostRole };
  await tx
    .insertInto("credential")
    .values({ accountId, login, loginFolded, kind, secretHash, createdAtMs: nowMs, archiveScope, ...names, ...bounds })
    .execute();
}
