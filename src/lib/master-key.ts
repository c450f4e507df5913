import { randomBytes, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isOwnedByUs } from "./own-folder.ts";
import { MASTER_KEY_BYTES, MasterKey } from "./sealed.ts";

const FILE_NAME = "master.key";
const TEXT_BYTES = 2 * MASTER_KEY_BYTES + 1; // hexadecimal digits and a line feed
const LONGEST_BYTES = TEXT_BYTES + 1;
const LOOKS = 20; // at a file that another process is still writing
const LOOK_MS = 50;
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);
const HOW_TO_MAKE = "64 hexadecimal digits, as `openssl rand -hex 32` prints them, or 32 raw bytes";

export interface MasterKeyPlace {
  /** The data folder, in which `master.key` lies unless `file` names another. */
  readonly folder: string;
  /** The file that the operator has named; it is never made or changed. */
  readonly file: string | undefined;
  /** Whether a key may be made where there is none. False once something is sealed: a new key would open none of it. */
  readonly make: boolean;
}

/**
 * The master key, made on first need. Processes that need it at once get the same one, and nobody gets one that a power cut could
 * take back: what is sealed under it may be stored at once. Throws a sentence that says what to do.
 */
export async function openMasterKey({ folder, file, make }: MasterKeyPlace): Promise<MasterKey> {
  if (file !== undefined) {
    const named = await readKey(file);
    if (named === undefined)
      throw new Error(`There is no master key file ${file}: put one there (${HOW_TO_MAKE}), or unset masterKeyFile.`);
    return named;
  }
  const own = join(folder, FILE_NAME);
  const found = await readKey(own);
  if (found === undefined && !make) {
    throw new Error(`The master key ${own} is gone, and secrets are sealed under it: bring it back from a backup, or set them again.`);
  }
  const key = found ?? (await makeKey(own));
  // Whoever made it may not have come so far.
  await syncFolder(folder);
  return key;
}

/** Makes the key, or takes the one that another process has made meanwhile. */
async function makeKey(file: string): Promise<MasterKey> {
  const text = `${randomBytes(MASTER_KEY_BYTES).toString("hex")}\n`;
  const temp = join(dirname(file), `.${FILE_NAME}-${randomUUID()}`);
  try {
    await writeNew(temp, text);
    await link(temp, file); // whole at once, and never over another
  } catch (error) {
    const code = codeOf(error);
    if (code !== "EEXIST" && !NO_LINKS.has(code))
      throw new Error(`The master key ${file} cannot be made: ${reasonOf(error)}.`, { cause: error });
    if (code !== "EEXIST") await writeInPlace(file, text);
  } finally {
    await rm(temp, { force: true });
  }
  const key = await readKey(file);
  if (key === undefined) throw new Error(`The master key ${file} was taken away while it was made; start again.`);
  return key;
}

/** Where there are no hard links: others may see the file before its bytes, and wait for them. */
async function writeInPlace(file: string, text: string): Promise<void> {
  try {
    await writeNew(file, text);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw new Error(`The master key ${file} cannot be made: ${reasonOf(error)}.`, { cause: error });
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  await using handle = await open(file, "wx", 0o600);
  await handle.writeFile(text);
  await handle.sync();
}

/** The key in the file; undefined when there is no such file. */
async function readKey(file: string): Promise<MasterKey | undefined> {
  for (let look = 1; ; look += 1) {
    const bytes = await readBytes(file);
    if (bytes === undefined) return undefined;
    const key = parseKey(bytes);
    if (key !== undefined) return new MasterKey(key);
    if (bytes.byteLength >= TEXT_BYTES - 1 || look === LOOKS) throw new Error(refusal(file, bytes.byteLength));
    await pause(LOOK_MS);
  }
}

function refusal(file: string, length: number): string {
  return length === 0
    ? `The master key ${file} is empty: bring it back from a backup; if it has never held a key, remove it.`
    : `The master key ${file} is no key: it must hold ${HOW_TO_MAKE}. Bring it back from a backup.`;
}

function parseKey(bytes: Buffer): Buffer | undefined {
  if (bytes.byteLength === MASTER_KEY_BYTES) return bytes;
  const text = bytes.toString("latin1");
  return /^[0-9a-f]{64}\r?\n?$/i.test(text) ? Buffer.from(text.slice(0, 2 * MASTER_KEY_BYTES), "hex") : undefined;
}

async function readBytes(file: string): Promise<Buffer | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe in its place must not hold us up
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new Error(`The master key ${file} cannot be read (${reasonOf(error)}): it must belong to the user that runs the hub.`, {
      cause: error,
    });
  }
  await using opened = handle;
  await refuseOpenToOthers(opened, file);
  const buffer = Buffer.alloc(LONGEST_BYTES + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await opened.read(buffer, length, buffer.byteLength - length, null);
    length += bytesRead;
    if (bytesRead === 0 || length === buffer.byteLength) return buffer.subarray(0, length);
  }
}

/**
 * systemd hands a credential to a service's user as a file of root's with an access list, which shows as 0440: a group may read what
 * root owns. A file of our own is for us alone.
 */
async function refuseOpenToOthers(handle: FileHandle, file: string): Promise<void> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new Error(`The master key ${file} is no regular file.`);
  const self = process.getuid?.();
  if (self === undefined) return; // no owners and modes here
  if (stats.uid !== 0 && !isOwnedByUs(stats.uid, dirname(file))) {
    throw new Error(`The master key ${file} belongs to user ${stats.uid}, and this is user ${self}: give it away with chown ${self}.`);
  }
  const tooMuch = stats.uid === 0 && self !== 0 ? 0o037 : 0o077;
  if ((stats.mode & tooMuch) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, "0");
    throw new Error(
      `The master key ${file} is open to other users (mode ${mode}): close it with chmod 600, and think of who may have read it.`,
    );
  }
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(codeOf(error))) throw error;
  }
}

// What file systems say that cannot sync a folder; those are no worse than those that only claim to.
const NO_FOLDER_SYNC: ReadonlySet<string> = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP"]);

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/, \w+ '.*$/, "") : String(error);
}
