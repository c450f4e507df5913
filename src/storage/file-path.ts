/**
 * Where a file lies in an entry's namespace: segments joined by slashes, no leading or trailing slash, `""` for the root.
 * Made only by `filePath`, so each segment is one plain name and no join of them can leave the entry.
 */
export type FilePath = string & { readonly __brand: "FilePath" };

/** Joins segments that a grammar has already accepted. Throws when one could climb out: reaching this line with such a one is a bug. */
export function filePath(...segments: readonly string[]): FilePath {
  for (const segment of segments) {
    if (segment === "" || segment === "." || segment === ".." || /[/\\\0]/.test(segment)) {
      throw new Error(`Not one plain name of a path: ${JSON.stringify(segment)}`);
    }
  }
  return segments.join("/") as FilePath; // each segment has just been checked
}

/** The path of something below `folder`. */
export function below(folder: FilePath, ...segments: readonly string[]): FilePath {
  return folder === "" ? filePath(...segments) : (`${folder}/${filePath(...segments)}` as FilePath); // both halves are checked
}

/** The folder in which `path` lies. The root has none above it and is its own. */
export function parentOf(path: FilePath): FilePath {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0)) as FilePath; // a path cut at a slash is a path
}

/** The last name of a path; that of the root is empty. */
export function nameOf(path: FilePath): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
