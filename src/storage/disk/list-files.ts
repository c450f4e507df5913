import { turns } from "#lib/turns.ts";
import type { ListGap, ListItem } from "../driver.ts";
import { below, type FilePath } from "../file-path.ts";
import type { Disk } from "./disk.ts";
import { isHubName } from "./temp-name.ts";
import { walkFolders } from "./walk-folders.ts";

const STATS_AT_ONCE = 32;

/** Every file below `folder`; see `Driver.list`. */
export async function* listFiles(disk: Disk, folder: FilePath, signal: AbortSignal): AsyncGenerator<ListItem | ListGap, void, undefined> {
  for await (const found of walkFolders(disk, folder, { enters: (name) => !isHubName(name), followsLinks: true }, signal)) {
    if (found.kind === "gap") {
      yield found;
      continue;
    }
    const names = found.files.filter((name) => !isHubName(name));
    for (let first = 0; first < names.length; first += STATS_AT_ONCE) {
      signal.throwIfAborted();
      const looks = names.slice(first, first + STATS_AT_ONCE).map((name) => lookAt(disk, below(found.folder, name)));
      for (const item of await Promise.all(looks)) if (item !== undefined) yield item;
      // Where the page cache answers at once, hundreds of thousands of looks would otherwise go by without a turn for anyone else.
      if (turns.isOver()) await turns.next();
    }
  }
}

/** Undefined for what is no file any more. */
async function lookAt(disk: Disk, path: FilePath): Promise<ListItem | ListGap | undefined> {
  try {
    const there = await disk.stat(path);
    if (there?.kind !== "file") return undefined;
    return { kind: "file", path, sizeBytes: there.sizeBytes, modifiedAtMs: there.modifiedAtMs, fingerprint: there.fingerprint };
  } catch (cause) {
    return { kind: "gap", path, cause };
  }
}
