import { randomBytes, randomUUID } from "node:crypto";
import { below, type FilePath } from "../file-path.ts";

/** Whether a name is one of the hub's own, which no listing shows. In any case, for file systems that fold it. */
export function isHubName(name: string): boolean {
  return name.charCodeAt(0) === 0x2e && /^\.hub-/i.test(name);
}

/** Name of the folder that holds an account's or repository's temporary files. */
export const TEMP_FOLDER = ".hub-tmp";

const BESIDE_PREFIX = ".hub-tmp-";

/** A new name in a folder of temporary files. */
export function tempIn(temps: FilePath): FilePath {
  return below(temps, randomUUID());
}

/** A new name for a temporary file in a folder of other files. */
export function tempBeside(folder: FilePath): FilePath {
  return below(folder, `${BESIDE_PREFIX}${randomUUID()}`);
}

/** Whether a file of this name, in a folder of other files, is a temporary one of ours. */
export function isTempBeside(name: string): boolean {
  return name.startsWith(BESIDE_PREFIX);
}

const MOST_NAME_BYTES = 255;
const MOVED = /^\.hub-own-(?<hour>\d{4}-\d\d-\d\dT\d\d)-[0-9a-f]{8}-(?<name>.+)$/s;

/** A new name that nobody knows, in `folder`, for the only name that some bytes may have: it tells where they belong. `name` is the file's own. */
export function movedName(folder: FilePath, { hour, name }: { readonly hour: string; readonly name: string }): FilePath {
  const moved = `.hub-own-${hour}-${randomBytes(4).toString("hex")}-${name}`;
  return Buffer.byteLength(moved) > MOST_NAME_BYTES ? tempBeside(folder) : below(folder, moved);
}

/** The hour of the trash and the file's own name that a name of `movedName` tells; undefined for any other. */
export function parseMovedName(name: string): { readonly hour: string; readonly name: string } | undefined {
  const { hour, name: own } = MOVED.exec(name)?.groups ?? {};
  return hour === undefined || own === undefined ? undefined : { hour, name: own };
}

/** Whether a file of this name is what rest-server or restic's local backend leaves of a broken upload (spec/restic-rest.md 1.5). */
export function isForeignTemp(name: string): boolean {
  return /^[0-9a-f]{64}(?:\.rest-server-temp\d+|-tmp-.*)$/s.test(name);
}

/** A new tag for `restoreBatch`. */
export function newRestoreTag(): string {
  return randomBytes(4).toString("hex");
}
