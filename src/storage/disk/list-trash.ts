import { HubError } from "#model/hub-error.ts";
import type { ListGap } from "../driver.ts";
import { below, type FilePath, filePath, parentOf } from "../file-path.ts";
import { readFault, saysAbsent } from "../system-error.ts";
import { compareTrashBatches, parseTrashBatch, type TrashedFile } from "../trash-batch.ts";
import type { Disk, DiskFacts } from "./disk.ts";
import type { DiskParts } from "./disk-parts.ts";
import { isHubName } from "./temp-name.ts";
import { allTrashes, areFolders, inTrash, trashOf } from "./trash-places.ts";
import { walkFolders } from "./walk-folders.ts";

/** The folders of the trash, oldest first; see `Driver.listTrashBatches`. */
export async function listTrashBatches({ disk, warn }: DiskParts): Promise<readonly string[]> {
  const batches = new Set<string>();
  for (const trash of allTrashes(disk)) {
    try {
      for await (const entries of disk.readFolder(trash)) {
        for (const { name, kind } of entries) if (kind === "folder" && parseTrashBatch(name) !== undefined) batches.add(name);
      }
    } catch (error) {
      if (isAway(error)) warn(`The trash of ${trash} is left out: ${error instanceof Error ? error.message : String(error)}`);
      else if (!saysAbsent(error)) throw readFault(error);
    }
  }
  return [...batches].sort(compareTrashBatches);
}

/** What one of them holds; see `Driver.listTrash`. */
export async function* listTrash(
  parts: DiskParts,
  {
    batch,
    below: wanted = filePath(),
    trashes = allTrashes(parts.disk),
  }: { readonly batch: string; readonly below?: FilePath | undefined; readonly trashes?: readonly FilePath[] },
  signal: AbortSignal,
): AsyncGenerator<TrashedFile | ListGap, void, undefined> {
  const { disk } = parts;
  for (const trash of trashes) {
    const root = below(trash, batch);
    const start = wanted === "" ? root : below(root, ...wanted.split("/"));
    const kind = await kindOf(disk, { trash, batch, path: wanted });
    if (typeof kind !== "string") {
      // What is removed at `wanted` today goes elsewhere: that the disk of another part is away is no matter.
      const isElsewhere = wanted !== "" && trash !== trashOf(disk, wanted) && !trash.startsWith(`${wanted}/`);
      if (!(isElsewhere && isAway(kind.cause))) yield { kind: "gap", path: start, ...kind };
      continue;
    }
    if (kind === "file") {
      const item = await lookAt(parts, { trash, batch, root, at: start });
      if (item !== undefined) yield item;
    }
    if (kind !== "folder") continue;
    for await (const found of walkFolders(disk, start, { enters: (name) => !isHubName(name), followsLinks: false }, signal)) {
      if (found.kind === "gap") {
        yield found;
        continue;
      }
      for (const name of found.files) {
        signal.throwIfAborted();
        const item = isHubName(name) ? undefined : await lookAt(parts, { trash, batch, root, at: below(found.folder, name) });
        if (item !== undefined) yield item;
      }
    }
  }
}

function isAway(cause: unknown): boolean {
  return cause instanceof HubError && cause.code === "unavailable";
}

/** What lies there, without following a link anywhere below the trash; `other` for nothing as well. */
async function kindOf(
  disk: Disk,
  place: Pick<TrashedFile, "trash" | "batch" | "path">,
): Promise<DiskFacts["kind"] | { readonly cause: unknown }> {
  try {
    if (await areFolders(disk, place)) return "folder";
    const isFile = place.path !== "" && (await areFolders(disk, { ...place, path: parentOf(place.path) }));
    return isFile ? ((await disk.stat(inTrash(place)))?.kind ?? "other") : "other";
  } catch (cause) {
    return { cause };
  }
}

async function lookAt(
  { disk }: DiskParts,
  { trash, batch, root, at }: { readonly trash: FilePath; readonly batch: string; readonly root: FilePath; readonly at: FilePath },
): Promise<TrashedFile | ListGap | undefined> {
  try {
    const there = await disk.stat(at);
    if (there?.kind !== "file") return undefined;
    const { sizeBytes, modifiedAtMs, fingerprint } = there;
    return { kind: "file", path: filePath(...at.slice(root.length + 1).split("/")), batch, trash, sizeBytes, modifiedAtMs, fingerprint };
  } catch (cause) {
    return { kind: "gap", path: at, cause };
  }
}
