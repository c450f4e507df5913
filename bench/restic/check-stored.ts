import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** Throws unless every pack lies in the repository's folder and hashes to its name. */
export async function checkStored(repository: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const hash = createHash("sha256");
    await pipeline(createReadStream(packPath(repository, id), { highWaterMark: 1024 * 1024 }), hash).catch((error: unknown) => {
      throw new Error(`Uploaded and answered, but not on the disk: ${id}`, { cause: error });
    });
    if (hash.digest("hex") !== id) throw new Error(`Uploaded and answered, but on the disk with other bytes: ${id}`);
  }
}

/** Throws when one of the packs still lies in the repository's folder. */
export async function checkGone(repository: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const found = await stat(packPath(repository, id)).catch(() => undefined);
    if (found !== undefined) throw new Error(`Deleted and answered, but still on the disk: ${id}`);
  }
}

/** Removes packs of a repository, past the server. */
export async function removePacks(repository: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) await unlink(packPath(repository, id));
}

function packPath(repository: string, id: string): string {
  return join(repository, "data", id.slice(0, 2), id);
}
