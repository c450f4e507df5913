import type { Call } from "./call.ts";
import { listed } from "./listed.ts";
import { type ListedFolder, type ListingPage, listingPage, type Viewer } from "./listing-page.ts";
import { type ListingQuery, PAGE_ROWS } from "./listing-query.ts";
import type { ListedArchive } from "./listing-text.ts";
import { PAGE_HEADERS, pageBytes } from "./page-frame.ts";
import { requestId } from "./reply.ts";

// More are no help to anybody; what lies in the others is found by searching.
const MOST_FOLDERS = 1000;

/** The page of `/` and of a session: the newest files first, those of one folder or what a search has found. */
export async function answerListingPage(call: Call, query: ListingQuery, viewer: Viewer): Promise<void> {
  const { exchange } = call;
  const headers = [...PAGE_HEADERS, ...requestId(exchange)];
  if (exchange.method === "HEAD") return await exchange.reply(200, "", { headers });
  await exchange.replyStream(200, pageBytes(listingPage(await gather(call, query, viewer))), { headers });
}

/** Looks at all files once, and keeps what one page shows. */
async function gather(call: Call, query: ListingQuery, viewer: Viewer): Promise<ListingPage> {
  const { core, publicUrl } = call;
  const search = query.search.toLowerCase();
  const folders = new Map<string, { count: number; sizeBytes: number; newestAtMs: number }>();
  const newest: ListedArchive[] = [];
  let [count, sizeBytes, isMore] = [0, 0, false];
  let newestAtMs: number | undefined;
  const start = query.prefix === "" ? "/" : query.prefix;
  for await (const page of listed(call, { prefix: start, after: undefined, limit: undefined, sinceMs: query.sinceMs })) {
    for (const archive of page) {
      if (search !== "" && !archive.name.toLowerCase().includes(search)) continue;
      count += 1;
      sizeBytes += archive.sizeBytes;
      newestAtMs = archive.createdAtMs;
      const slash = search === "" ? archive.name.indexOf("/", start.length) : -1;
      if (slash >= 0) {
        addTo(folders, archive.name.slice(0, slash + 1), archive);
        continue;
      }
      if (query.after !== undefined && archive.id >= query.after.id) continue;
      newest.push(archive);
      if (newest.length < 2 * PAGE_ROWS) continue;
      newest.splice(0, newest.length - PAGE_ROWS);
      isMore = true;
    }
  }
  const archives = newest.slice(-PAGE_ROWS).reverse();
  return {
    viewer,
    publicUrl,
    query,
    folders: foldersOf(folders),
    archives,
    total: { count, sizeBytes, newestAtMs },
    next: isMore || newest.length > PAGE_ROWS ? archives.at(-1) : undefined,
    nowMs: core.clock(),
  };
}

function addTo(
  folders: Map<string, { count: number; sizeBytes: number; newestAtMs: number }>,
  prefix: string,
  { sizeBytes, createdAtMs }: ListedArchive,
): void {
  const folder = folders.get(prefix);
  if (folder !== undefined) {
    folder.count += 1;
    folder.sizeBytes += sizeBytes;
    folder.newestAtMs = createdAtMs;
  } else if (folders.size < MOST_FOLDERS) {
    folders.set(prefix, { count: 1, sizeBytes, newestAtMs: createdAtMs });
  }
}

function foldersOf(folders: ReadonlyMap<string, Omit<ListedFolder, "prefix">>): readonly ListedFolder[] {
  const all = [...folders].map(([prefix, folder]) => ({ prefix, ...folder }));
  return all.sort((one, other) => (one.prefix < other.prefix ? -1 : 1));
}
