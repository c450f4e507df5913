import { globSync } from "node:fs";
import { join } from "node:path";

/** The folders in which tests lie; those that start whole hubs first, because they take longest. */
const FOLDERS = ["test", "cli", "src", "scripts", "bench"];

/** A test file, by its path below the root with forward slashes. */
export interface TestFiles {
  readonly chosen: readonly string[];
  /** Slow ones that would have been chosen, had the run not been a quick one. */
  readonly leftOut: readonly string[];
}

/**
 * Finds the files that match one of `filters` (substrings of the path; all when there are none). The slow ones come first: what
 * takes longest should not begin last.
 */
export function findTestFiles(
  root: string,
  { filters, quick }: { readonly filters: readonly string[]; readonly quick: boolean },
): TestFiles {
  const patterns = FOLDERS.map((folder) => `${folder}/**/*.test.ts`);
  const found = patterns.flatMap((pattern) => globSync(pattern, { cwd: root }).sort()).map((path) => path.replaceAll("\\", "/"));
  const wanted = found.filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)));
  const slow = wanted.filter(isSlow);
  const others = wanted.filter((path) => !isSlow(path));
  return quick ? { chosen: others, leftOut: slow } : { chosen: [...slow, ...others], leftOut: [] };
}

/** Whether a file takes longer than the quick part of the tests allows. */
export function isSlow(path: string): boolean {
  return path.endsWith(".slow.test.ts");
}

/** The absolute path of a test file. */
export function absolute(root: string, path: string): string {
  return join(root, path);
}
