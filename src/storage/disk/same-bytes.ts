import type { FilePath } from "../file-path.ts";
import { saysAbsent } from "../system-error.ts";
import type { OpenNumber } from "./disk.ts";
import type { DiskParts } from "./disk-parts.ts";

/**
 * Whether two files hold the same bytes; they are read only when their sizes do not tell. Undefined when one of them is gone. Throws the
 * system's error.
 */
export async function haveSameBytes(parts: DiskParts, one: FilePath, other: FilePath): Promise<boolean | undefined> {
  try {
    return await compare(parts, one, other);
  } catch (error) {
    if (saysAbsent(error)) return undefined;
    throw error;
  }
}

async function compare(parts: DiskParts, one: FilePath, other: FilePath): Promise<boolean> {
  const { disk, pieces } = parts;
  await using stack = new AsyncDisposableStack();
  const files: OpenNumber[] = [];
  for (const path of [one, other]) {
    const file = await disk.openToRead(path);
    stack.defer(() => disk.close(file));
    files.push(file);
  }
  const [first, second] = files;
  if (first === undefined || second === undefined) return false;
  const [facts, otherFacts] = [await disk.statOpen(first), await disk.statOpen(second)];
  if (facts.kind !== "file" || otherFacts.kind !== "file" || facts.sizeBytes !== otherFacts.sizeBytes) return false;

  const [piece, otherPiece] = [pieces.take(undefined), pieces.take(undefined)];
  stack.defer(() => {
    pieces.giveBack(piece);
    pieces.giveBack(otherPiece);
  });
  for (let position = 0; position < facts.sizeBytes; ) {
    const [read, otherRead] = [await fill(parts, first, piece, position), await fill(parts, second, otherPiece, position)];
    if (read === 0 || read !== otherRead || Buffer.compare(piece.subarray(0, read), otherPiece.subarray(0, read)) !== 0) return false;
    position += read;
  }
  return true;
}

async function fill({ disk }: DiskParts, file: OpenNumber, piece: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < piece.length) {
    const more = await disk.read(file, filled === 0 ? piece : piece.subarray(filled), position + filled);
    if (more === 0) break;
    filled += more;
  }
  return filled;
}
