/** `/a/b/`, `/a/` and `/` for `/a/b/`: where what is set counts for it. */
export function pathsAtAndAbove(path: string): readonly string[] {
  const segments = path.split("/").slice(1, -1);
  return [...segments.keys(), segments.length].map((count) => ["", ...segments.slice(0, count), ""].join("/"));
}
