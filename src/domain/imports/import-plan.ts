import type { EntryPath } from "#model/entry-path.ts";
import type { Role } from "#model/permissions.ts";
import type { SkippedLine } from "./read-htpasswd.ts";

/** What becomes of one user of the old server. */
export interface AccountStep {
  readonly name: string;
  /**
   * - `add`     an account is made
   * - `keep`    there is one already, and it stays as it is
   * - `update`  there is one already, and its password becomes that of the file
   * - `refuse`  none can be made
   */
  readonly action: "add" | "keep" | "update" | "refuse";
  /** What its hash is, for people; undefined for an account without a password. */
  readonly hashName: string | undefined;
  readonly grants: readonly { readonly path: string; readonly role: Role }[];
  /** Why, where that is not plain. */
  readonly reason: string | undefined;
  /** Never shown. Undefined: no password signs in. */
  readonly secretHash: string | undefined;
}

export interface RepositoryStep {
  readonly path: string;
  /** Whether it gets a row; false when it has one. */
  readonly isNew: boolean;
  /** Without one it cannot be opened by restic; a client may be about to make it. */
  readonly hasConfig: boolean;
}

/** Something in the old tree that a person should see to. */
export interface ImportTrouble {
  /** Below the old server's folder. */
  readonly path: string;
  readonly reason: string;
}

/** What an import does: told before, carried out, told again. */
export interface ImportPlan {
  /** Undefined when only accounts are taken over. */
  readonly tree: (EntryPath & { readonly action: "adopt" | "keep" }) | undefined;
  readonly repositories: readonly RepositoryStep[];
  readonly accounts: readonly AccountStep[];
  /** The hard limit that the whole hub gets; undefined when none was asked for, or there is one that stays. */
  readonly hubHardBytes: number | undefined;
  readonly skippedLines: readonly SkippedLine[];
  /** The first of them; `troubleCount` says how many there are. */
  readonly troubles: readonly ImportTrouble[];
  readonly troubleCount: number;
  /** Sentences for whoever imports. */
  readonly notes: readonly string[];
}
