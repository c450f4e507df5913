import { listArchives } from "#domain/archives/list-archives.ts";
import type { OpenArchives } from "#domain/archives/open-archives.ts";
import type { Archive } from "#model/archive.ts";
import type { Call } from "./call.ts";
import type { ListingQuery } from "./listing-query.ts";
import type { ListedArchive } from "./listing-text.ts";

/** The archives that were asked for, in the order in which they came, page by page. Their `id` is their place in that order. */
export async function* listed(
  { core, exchange, archives }: Call,
  { prefix, after, limit = Number.POSITIVE_INFINITY, sinceMs = 0 }: Pick<ListingQuery, "prefix" | "after" | "limit" | "sinceMs">,
): AsyncGenerator<readonly ListedArchive[], void, undefined> {
  let left = limit;
  for await (const page of listArchives(core, archives, { after: after?.id, signal: exchange.signal })) {
    const wanted = page.filter(({ name, createdAtMs }) => name.startsWith(prefix) && createdAtMs >= sinceMs).slice(0, left);
    if (wanted.length > 0) yield wanted.map((archive) => ({ ...listedArchive(archives, archive), id: archive.ordinal }));
    left -= wanted.length;
    if (left <= 0) return;
  }
}

/** An archive as listings and downloads tell of it. */
export function listedArchive(archives: OpenArchives, archive: Archive): ListedArchive {
  return { ...archive, held: archives.isHeld(archive) };
}
