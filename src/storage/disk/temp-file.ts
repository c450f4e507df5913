import type { FilePath } from "../file-path.ts";
import { systemCode } from "../system-error.ts";
import type { Disk, OpenNumber } from "./disk.ts";
import type { DiskParts } from "./disk-parts.ts";

// A file system over a network may look at the bits on every write.
const OWNER_MAY_WRITE = 0o200;

/** Makes a temporary file, and its folder where that is missing. */
export async function createTemp({ disk, folders, fileMode }: DiskParts, temp: FilePath, folder: FilePath): Promise<OpenNumber> {
  const mode = fileMode | OWNER_MAY_WRITE;
  try {
    return await disk.createFile(temp, mode);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    folders.forget(folder);
    await folders.make(folder);
    return await disk.createFile(temp, mode);
  }
}

/** Gives a temporary file that is complete the mode that it is to be published with: less than it was made with, or the same. */
export async function settleMode({ disk, fileMode }: Pick<DiskParts, "disk" | "fileMode">, file: OpenNumber): Promise<void> {
  if ((fileMode & OWNER_MAY_WRITE) !== 0) return;
  await disk.setMode(file, (await disk.statOpen(file)).mode & fileMode);
}

/** Writes all the bytes. */
export async function writeWhole(disk: Disk, file: OpenNumber, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const more = await disk.write(file, written === 0 ? bytes : bytes.subarray(written), position + written);
    if (more === 0) throw new Error("The file system takes no bytes and does not say why");
    written += more;
  }
}

/** A synced copy of a temporary file, removed when it is disposed if it is still there. */
export async function copyTemp(parts: DiskParts, from: FilePath, to: FilePath): Promise<AsyncDisposable & { readonly temp: FilePath }> {
  const { disk, sync, limits, pieces, fileMode } = parts;
  await using stack = new AsyncDisposableStack();
  const source = await disk.openToRead(from);
  stack.defer(() => disk.close(source));
  let target: OpenNumber | undefined = await disk.createFile(to, fileMode | OWNER_MAY_WRITE);
  await using unfinished = new AsyncDisposableStack();
  unfinished.defer(() => removeTemp(parts, { temp: to, file: target }));

  const piece = pieces.take(limits.writeChunkBytes);
  stack.defer(() => pieces.giveBack(piece));
  for (let position = 0; ; ) {
    const bytes = await disk.read(source, piece, position);
    if (bytes === 0) break;
    await writeWhole(disk, target, piece.subarray(0, bytes), position);
    position += bytes;
  }
  await settleMode(parts, target);
  await sync.syncFile(target);
  const closing = target;
  target = undefined;
  await disk.close(closing);
  const owned = unfinished.move();
  return { temp: to, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Closes and removes a temporary file. What cannot be removed now is left to the sweep. */
export async function removeTemp(
  { disk, warn }: Pick<DiskParts, "disk" | "warn">,
  { temp, file }: { readonly temp: FilePath; readonly file: OpenNumber | undefined },
): Promise<void> {
  if (file !== undefined) await attempt(() => disk.close(file), warn);
  await attempt(() => disk.unlink(temp), warn);
}

async function attempt(step: () => void | Promise<void>, warn: (message: string) => void): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (systemCode(error) !== "ENOENT") warn(`A temporary file was left to the sweep: ${error instanceof Error ? error.message : error}`);
  }
}
