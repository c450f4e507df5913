import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, mkdir, readdir, readlink, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

export interface TreeOptions {
  /** The same seed gives the same tree. */
  readonly seed: number;
  /** How many files beside those that are always there (empty, with odd names, links); 24 unless said. */
  readonly files?: number;
  /** The largest size of a file; 200 000 unless said. */
  readonly largestBytes?: number;
}

/**
 * Makes a file tree below `folder`: random bytes that do not compress, names with spaces, quotes, accents and emoji, empty files
 * and folders, links to a file, to a folder and to nothing.
 */
export async function makeTree(folder: string, { seed, files = 24, largestBytes = 200_000 }: TreeOptions): Promise<void> {
  const random = seededBytes(seed);
  const number = (below: number) => random(4).readUInt32LE() % below;
  for (let index = 0; index < files; index += 1) {
    const name = NAMES[index % NAMES.length] ?? "";
    const size = index % 8 === 0 ? largestBytes : number(largestBytes);
    await put(join(folder, `folder ${number(4)}`, `${index} ${name}`), random(size));
  }
  await put(join(folder, "empty"), Buffer.alloc(0));
  await put(join(folder, "a", "deep", "path", "to", "one byte"), random(1));
  await put(join(folder, "twice", "first"), random(50_000));
  await put(join(folder, "zeros"), Buffer.alloc(100_000));
  await mkdir(join(folder, "empty folder"), { recursive: true });
  await symlink("twice/first", join(folder, "link to a file"));
  await symlink("a/deep", join(folder, "link to a folder"));
  await symlink("not there", join(folder, "link to nothing"));
}

/** Fails, naming the first paths that differ, unless two trees hold the same names, bytes, link targets and permission bits. */
export async function assertSameTree(actual: string, expected: string): Promise<void> {
  assert.deepEqual(await describeTree(actual), await describeTree(expected));
}

/** One line of text for each path below `folder`, in the order of names: its kind, mode and size, and the SHA-256 of its bytes. */
export async function describeTree(folder: string): Promise<string[]> {
  const lines: string[] = [];
  const names = await readdir(folder, { recursive: true });
  for (const name of names.sort()) {
    const path = join(folder, name);
    const found = await lstat(path);
    const mode = (found.mode & 0o7777).toString(8);
    if (found.isSymbolicLink()) lines.push(`${name} -> ${await readlink(path)}`);
    else if (found.isDirectory()) lines.push(`${name}/ ${mode}`);
    else lines.push(`${name} ${mode} ${found.size} ${await sha256(path)}`);
  }
  return lines;
}

// Composed and decomposed accents are two names on Linux, and must stay two.
const NAMES = [
  "plain.txt",
  "with spaces  .txt",
  "caf\u00e9.txt",
  "cafe\u0301.txt",
  "日本語.bin",
  "🦀.bin",
  "quote'\".txt",
  "%41+&?#.txt",
  "-dash",
  "back\\slash",
];

async function put(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

/** A stream cipher over zeros: as random as it needs to be, and fast. */
function seededBytes(seed: number): (count: number) => Buffer {
  const key = createHash("sha256").update(`tree ${seed}`).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return (count) => cipher.update(Buffer.alloc(count));
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
