import type { Config } from "#config.ts";
import { lockFolder } from "#lib/folder-lock.ts";
import type { Log } from "#lib/log.ts";
import { findOtherOwner, openOwnFolder } from "#lib/own-folder.ts";
import { FILES } from "./place.ts";

/**
 * Takes the data folder for this hub, until it is disposed. Throws a sentence for people: another hub has it, it is not ours, or there is
 * nothing to listen on.
 */
export function takeFolder(config: Config, log: Log): Disposable {
  if (Object.values(config.listeners).every(({ address }) => address.kind === "off")) {
    throw new Error("Every listener is off, so nobody could reach this hub; set listen.main or listen.restic.");
  }
  openOwnFolder(config.data);
  const lock = lockFolder(config.data);
  const otherOwner = findOtherOwner(config.data, FILES);
  if (otherOwner !== undefined) log.warn(otherOwner);
  return lock;
}
