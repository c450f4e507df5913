import { turns } from "#lib/turns.ts";
import type { FolderFiles, ListGap, NamedFile } from "../driver.ts";
import { below, type FilePath } from "../file-path.ts";
import { saysAbsent } from "../system-error.ts";
import type { Disk } from "./disk.ts";
import { isHubName } from "./temp-name.ts";
import { isNoFolder } from "./walk-folders.ts";

// Far below a slice of the event loop where the disk answers at once, and enough for the thread pool where it does not.
const LOOKS_AT_ONCE = 32;

/** The wanted files of one folder; see `Driver.listFolder`. */
export async function* listFolder(
  disk: Disk,
  folder: FilePath,
  wanted: (name: string) => boolean,
  signal: AbortSignal,
): AsyncGenerator<FolderFiles | ListGap, void, undefined> {
  signal.throwIfAborted();
  const batches = disk.readFolder(folder);
  try {
    for (;;) {
      const names = await nextNames(batches, wanted);
      if (names === undefined) return;
      const files: NamedFile[] = [];
      for (let first = 0; first < names.length; first += LOOKS_AT_ONCE) {
        signal.throwIfAborted();
        if (turns.isOver()) await turns.next();
        const looks = names.slice(first, first + LOOKS_AT_ONCE).map((name) => lookAt(disk, folder, name));
        for (const file of await Promise.all(looks)) if (file !== undefined) files.push(file);
      }
      if (files.length > 0) yield { kind: "files", files };
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (!saysAbsent(cause) || (await isNoFolder(disk, folder))) yield { kind: "gap", path: folder, cause };
  } finally {
    await batches.return();
  }
}

async function nextNames(
  batches: ReturnType<Disk["readFolder"]>,
  wanted: (name: string) => boolean,
): Promise<readonly string[] | undefined> {
  const next = await batches.next();
  if (next.done === true) return undefined;
  return next.value.filter(({ kind, name }) => kind === "file" && !isHubName(name) && wanted(name)).map(({ name }) => name);
}

/** Undefined for what is no file any more. */
async function lookAt(disk: Disk, folder: FilePath, name: string): Promise<NamedFile | undefined> {
  const there = await disk.measure(below(folder, name));
  return there && { name, sizeBytes: there.sizeBytes, changedAtMs: there.changedAtMs };
}
