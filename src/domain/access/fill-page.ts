import { PAGE_ROWS } from "#db/page-limit.ts";

interface PageToFill<Row> {
  readonly limit: number;
  /** The rows behind that one, or from the first on; fewer than `limit` only at the end. */
  readonly readRows: (after: Row | undefined, limit: number) => Promise<readonly Row[]>;
  /** Whether the row exists for whoever asks. */
  readonly exists: (row: Row) => boolean;
}

/**
 * A page of the rows that exist for whoever asks, and the row behind which the next one begins; undefined: there are no more. That row
 * is always one of the page's own: a cursor is a key in plain letters, so one that stood at a row of somebody else's would tell of it,
 * and so would a page that ends early.
 */
export async function fillPage<Row>({
  limit,
  readRows,
  exists,
}: PageToFill<Row>): Promise<{ rows: readonly Row[]; next: Row | undefined }> {
  const found: Row[] = [];
  let after: Row | undefined;
  for (let asked = limit; ; asked = PAGE_ROWS) {
    const rows = await readRows(after, asked);
    found.push(...rows.filter(exists));
    if (found.length >= limit) return { rows: found.slice(0, limit), next: found[limit - 1] };
    if (rows.length < asked) return { rows: found, next: undefined };
    after = rows.at(-1);
  }
}
