import { HubError } from "#model/hub-error.ts";
import { type FilePath, parentOf } from "../file-path.ts";
import { saysAbsent, systemCode } from "../system-error.ts";
import type { DiskParts } from "./disk-parts.ts";
import { publishAbsent } from "./publish-file.ts";
import { haveSameBytes } from "./same-bytes.ts";
import { settleFile } from "./settle-file.ts";
import { copyTemp, removeTemp } from "./temp-file.ts";
import { tempBeside } from "./temp-name.ts";
import { inTrash } from "./trash-places.ts";

/** Brings a file back; see `Driver.restoreFromTrash`. Nothing else may be under way at its path. */
export async function restoreFromTrash(
  parts: DiskParts,
  { batch, path }: { readonly batch: string; readonly path: FilePath },
): Promise<"restored" | "already there"> {
  const trashed = inTrash(parts.disk, { batch, path });
  if ((await parts.disk.stat(trashed))?.kind !== "file") throw notInTrash();
  await parts.folders.make(parentOf(path));
  let outcome: "restored" | "already there" = "restored";
  try {
    await publish(parts, trashed, path);
  } catch (error) {
    if (saysAbsent(error) && (await parts.disk.stat(trashed)) === undefined) throw notInTrash(error);
    if (!(error instanceof HubError && error.code === "already_exists")) throw error;
    if ((await parts.disk.stat(path))?.kind !== "file" || !(await haveSameBytes(parts, trashed, path))) throw error;
    await settleFile(parts, path); // whoever wrote the equal bytes may not have come to the sync
    outcome = "already there";
  }
  // Its place is durable, so this name may go whenever it likes.
  await removeTemp(parts, { temp: trashed, file: undefined });
  return outcome;
}

function notInTrash(cause?: unknown): HubError {
  return new HubError("not_found", "There is no such file in the trash", { cause });
}

async function publish(parts: DiskParts, trashed: FilePath, path: FilePath): Promise<void> {
  try {
    await publishAbsent(parts, trashed, path);
  } catch (error) {
    if (systemCode(error) !== "EXDEV") throw error;
    await using copy = await copyTemp(parts, trashed, tempBeside(parentOf(path)));
    await publishAbsent(parts, copy.temp, path);
  }
}
