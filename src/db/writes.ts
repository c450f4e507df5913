import { addAccount, disableAccount, enableAccount, removeAccount } from "./accounts.ts";
import { replaceCredentialSecret } from "./credentials.ts";
import { removeGrant, setGrant } from "./grants.ts";
import { beatOperationProcess, interruptOperations, trimOperations } from "./operation-upkeep.ts";
import { recordOperations, writeTimeline } from "./operations.ts";
import { rememberRepository } from "./repositories.ts";
import type { WriteTransaction } from "./tables.ts";

// Input is `never` so that functions of any input fit; each keeps its own type.
type Write = (tx: WriteTransaction, input: never) => Promise<unknown>;

/** Every change there is. They are called by name, because on SQLite they run in another thread; inputs and results are plain data. */
export const WRITES = {
  addAccount,
  disableAccount,
  enableAccount,
  removeAccount,
  replaceCredentialSecret,
  recordOperations,
  writeTimeline,
  beatOperationProcess,
  interruptOperations,
  trimOperations,
  rememberRepository,
  setGrant,
  removeGrant,
} as const satisfies Record<string, Write>;

export type WriteName = keyof typeof WRITES;
export type WriteInput<Name extends WriteName> = Parameters<(typeof WRITES)[Name]>[1];
export type WriteResult<Name extends WriteName> = Awaited<ReturnType<(typeof WRITES)[Name]>>;
