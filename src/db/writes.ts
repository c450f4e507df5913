import { addAccount, disableAccount, enableAccount, removeAccount } from "./accounts.ts";
import { addChannel, addDigest, changeChannel, removeChannel, setChannelDisabled } from "./alarm-channels.ts";
import {
  beginDelivery,
  delayDelivery,
  dropDeliveries,
  finishDelivery,
  foldDeliveries,
  postponeDeliveries,
  recordTest,
  trimDeliveries,
} from "./alarm-deliveries.ts";
import { addSilence, removeSilence, trimSilences } from "./alarm-silences.ts";
import { announceAlarm, closeAlarm, openAlarm, postponeAlarm, settleAlarm, trimAlarms } from "./alarms.ts";
import { addApiToken, removeApiToken, setApiTokenDisabled, touchApiToken } from "./api-tokens.ts";
import { addArchiveAccount, addArchiveCredential, changeArchiveAccount } from "./archive-accounts.ts";
import {
  abandonArchive,
  archiveLeft,
  beginArchive,
  claimExpiredArchive,
  completeArchive,
  expireArchive,
  growArchive,
  releaseExpiredArchive,
  takeBackArchive,
} from "./archive-changes.ts";
import { addArchiveHold, removeArchiveHold } from "./archive-holds.ts";
import { addArchiveSession, endArchiveSessions, useArchiveSession } from "./archive-sessions.ts";
import { closeCleanupWindow, openCleanupWindow, setCleanupOnly } from "./cleanup-windows.ts";
import {
  addAccountCredential,
  changeCredential,
  disableCredential,
  enableCredential,
  removeCredential,
  replaceCredentialSecret,
  strengthenCredential,
} from "./credential-changes.ts";
import {
  beatDueWorkProcess,
  cancelDueWork,
  claimDueWork,
  endDueWork,
  endDueWorkProcess,
  mendDueTimes,
  registerDueWorkProcess,
  scheduleDueWork,
} from "./due-work.ts";
import { addEntryPath, removeEntryPath } from "./entry-paths.ts";
import { flushUse, setTrashBytes } from "./flush-use.ts";
import { removeGrant, setGrant } from "./grants.ts";
import { addHold, removeHold } from "./holds.ts";
import { clearMode, setMode } from "./modes.ts";
import { beatOperationProcess, interruptOperations, trimOperations } from "./operation-upkeep.ts";
import { recordOperations, writeTimeline } from "./operations.ts";
import { drawQuota } from "./quota-ledger.ts";
import { beatQuotaProcess, buryQuotaProcesses, endQuotaProcess, registerQuotaProcess } from "./quota-processes.ts";
import { noteQuotaMet } from "./quota-warnings.ts";
import { setQuota } from "./quotas.ts";
import { rememberRepository } from "./repositories.ts";
import { askRecount, claimRecount, confirmCount, disturbRecount, dropRecount } from "./repository-use.ts";
import { recordCredentialUses, recordSignIns } from "./sign-ins.ts";
import type { WriteTransaction } from "./tables.ts";
import { advanceHubClock, forgetTrashHours, resetHubClock } from "./trash-time.ts";

// Input is `never` so that functions of any input fit; each keeps its own type.
type Write = (tx: WriteTransaction, input: never) => Promise<unknown>;

/** Every change there is. They are called by name, because on SQLite they run in another thread; inputs and results are plain data. */
export const WRITES = {
  addAccount,
  disableAccount,
  enableAccount,
  removeAccount,
  addAccountCredential,
  changeCredential,
  disableCredential,
  enableCredential,
  removeCredential,
  replaceCredentialSecret,
  setMode,
  clearMode,
  strengthenCredential,
  addEntryPath,
  removeEntryPath,
  recordCredentialUses,
  recordSignIns,
  recordOperations,
  writeTimeline,
  beatOperationProcess,
  interruptOperations,
  trimOperations,
  rememberRepository,
  setGrant,
  removeGrant,
  addApiToken,
  setApiTokenDisabled,
  removeApiToken,
  touchApiToken,
  addHold,
  removeHold,
  openCleanupWindow,
  closeCleanupWindow,
  setCleanupOnly,
  advanceHubClock,
  resetHubClock,
  forgetTrashHours,
  setQuota,
  drawQuota,
  flushUse,
  setTrashBytes,
  noteQuotaMet,
  registerQuotaProcess,
  beatQuotaProcess,
  endQuotaProcess,
  buryQuotaProcesses,
  askRecount,
  claimRecount,
  confirmCount,
  disturbRecount,
  dropRecount,
  addArchiveAccount,
  addArchiveCredential,
  changeArchiveAccount,
  addArchiveHold,
  removeArchiveHold,
  addArchiveSession,
  useArchiveSession,
  endArchiveSessions,
  beginArchive,
  growArchive,
  completeArchive,
  takeBackArchive,
  abandonArchive,
  expireArchive,
  claimExpiredArchive,
  releaseExpiredArchive,
  archiveLeft,
  scheduleDueWork,
  cancelDueWork,
  registerDueWorkProcess,
  beatDueWorkProcess,
  claimDueWork,
  endDueWork,
  endDueWorkProcess,
  mendDueTimes,
  openAlarm,
  closeAlarm,
  announceAlarm,
  settleAlarm,
  postponeAlarm,
  trimAlarms,
  addChannel,
  changeChannel,
  setChannelDisabled,
  removeChannel,
  addDigest,
  beginDelivery,
  delayDelivery,
  dropDeliveries,
  finishDelivery,
  foldDeliveries,
  postponeDeliveries,
  recordTest,
  trimDeliveries,
  addSilence,
  removeSilence,
  trimSilences,
} as const satisfies Record<string, Write>;

export type WriteName = keyof typeof WRITES;
export type WriteInput<Name extends WriteName> = Parameters<(typeof WRITES)[Name]>[1];
export type WriteResult<Name extends WriteName> = Awaited<ReturnType<(typeof WRITES)[Name]>>;
