import { formatBytes } from "#lib/format-bytes.ts";
import { Html, html, linkTo, shownName } from "./html.ts";
import { cursorText, type ListingCursor, type ListingQuery } from "./listing-query.ts";
import type { ListedArchive } from "./listing-text.ts";
import { PAGE_END, pageStart } from "./page-frame.ts";
import { counted, dayAndTime, relativeTime, sizeTag, timeTag } from "./page-words.ts";

/** What lies below one slash: all live files whose names begin with `prefix`. */
export interface ListedFolder {
  /** With both its slashes: `/db/`. */
  readonly prefix: string;
  readonly count: number;
  readonly sizeBytes: number;
  readonly newestAtMs: number;
}

/** Whose files are shown: an account's, to itself, or those that a session's link shows to whoever has it. */
export type Viewer =
  | { readonly kind: "account"; readonly login: string }
  | { readonly kind: "session"; readonly endsAtMs: number; readonly prefix: string };

export interface ListingPage {
  readonly viewer: Viewer;
  /** Under which people call this listener, with its final slash. */
  readonly publicUrl: string;
  readonly query: ListingQuery;
  /** Those directly below the query's prefix; none while searching. */
  readonly folders: readonly ListedFolder[];
  /** Newest first, from the query's cursor on, at most PAGE_ROWS: directly below the prefix, or all that the search has found. */
  readonly archives: readonly ListedArchive[];
  /** Of everything below the prefix, or all that the search has found, other pages included. */
  readonly total: { readonly count: number; readonly sizeBytes: number; readonly newestAtMs: number | undefined };
  /** Where the next page goes on; undefined on the last. */
  readonly next: ListingCursor | undefined;
  readonly nowMs: number;
}

const SOON_MS = 7 * 86_400_000;

/** The listing for people (spec/restbackup.md section 3.4), row by row, so that a page of long names is never in memory as a whole. */
export function* listingPage(page: ListingPage): Generator<Html, void, undefined> {
  const { viewer, folders, archives, nowMs } = page;
  yield pageStart(viewer.kind === "account" ? `Backups of ${viewer.login}` : "Shared backups");
  yield heading(page);
  if (page.total.count > 0 || !isTop(page.query)) yield bar(page);
  if (folders.length === 0 && archives.length === 0) {
    yield nothing(page);
  } else {
    yield TABLE_START;
    for (const folder of folders) yield folderRow(folder, page);
    for (const archive of archives) yield archiveRow(archive, shownPrefix(page), nowMs);
    yield TABLE_END;
  }
  yield more(page);
  if (viewer.kind === "account") yield commands(viewer.login, page);
  yield PAGE_END;
}

function heading({ viewer, total, query, nowMs }: ListingPage): Html {
  const newest = total.newestAtMs;
  const files =
    total.count === 0
      ? html`There are no files here.`
      : html`<strong>${counted(total.count, "file")}</strong>, ${formatBytes(total.sizeBytes)}.`;
  const found =
    query.search === "" ? files : html`<strong>${counted(total.count, "file")}</strong> found for “${shownName(query.search)}”.`;
  const last = newest === undefined ? undefined : html` The newest came ${timeTag(newest, relativeTime(newest, nowMs))}.`;
  return html`<header>
<p class="brand">Holdfast</p>
<h1>${viewer.kind === "account" ? html`Backups of ${shownName(viewer.login)}` : "Shared backups"}</h1>
<p class="lead">${found}${last}</p>
${viewer.kind === "session" ? sessionWords(viewer, nowMs) : undefined}</header>
`;
}

function sessionWords({ endsAtMs, prefix }: Extract<Viewer, { kind: "session" }>, nowMs: number): Html {
  const narrowed =
    prefix === "" || prefix === "/" ? undefined : html` It shows only names that begin with <code>${shownName(prefix)}</code>.`;
  const end = html`${timeTag(endsAtMs, relativeTime(endsAtMs, nowMs))}, at ${timeTag(endsAtMs, dayAndTime(endsAtMs))} UTC`;
  return html`<p class="lead">This link ends ${end}. Whoever has it can read these files, and change nothing.${narrowed}</p>
`;
}

/** The way down to the prefix, and the search. */
function bar({ query }: ListingPage): Html {
  const steps: Html[] = [];
  let prefix = "/";
  for (const segment of shownFolder(query.prefix)
    .split("/")
    .filter((part) => part !== "")) {
    prefix += `${segment}/`;
    steps.push(html`<span class="step">/</span><a href="${address({ prefix })}">${shownName(segment)}</a>`);
  }
  const top = isTop(query) ? html`<span class="here" aria-current="page">All files</span>` : html`<a href="./">All files</a>`;
  const kept = query.prefix === "" ? undefined : html`<input type="hidden" name="prefix" value="${query.prefix}">`;
  return html`<div class="bar">
<nav class="path" aria-label="Folders">${top}${steps}</nav>
<form action="./" role="search">${kept}
<label class="hidden" for="search">Part of a name</label>
<input id="search" type="search" name="search" value="${query.search}" placeholder="Part of a name" maxlength="200" autocomplete="off">
<button>Search</button>
</form>
</div>
`;
}

function isTop({ prefix, search, after }: ListingQuery): boolean {
  return prefix === "" && search === "" && after === undefined;
}

const TABLE_START: Html = html`<div class="sheet">
<table>
<thead><tr><th scope="col">Name</th><th scope="col" class="number">Size</th><th scope="col">Stored (UTC)</th><th scope="col">Expires</th><th scope="col">SHA-256</th></tr></thead>
<tbody>
`;
const TABLE_END: Html = html`</tbody>
</table>
</div>
`;

function folderRow({ prefix, count, sizeBytes, newestAtMs }: ListedFolder, page: ListingPage): Html {
  const name = below(prefix, shownPrefix(page));
  return html`<tr class="folder"><th scope="row" class="name"><a href="${address({ prefix })}">${shownName(name)}</a> <span class="count">${counted(count, "file")}</span></th><td class="number" data-label="Size">${sizeTag(sizeBytes)}</td><td class="when" data-label="Newest (UTC)">${timeTag(newestAtMs, dayAndTime(newestAtMs))}</td><td></td><td></td></tr>
`;
}

function archiveRow({ name, sizeBytes, createdAtMs, expiresAtMs, held, sha256 }: ListedArchive, prefix: string, nowMs: number): Html {
  const ends = timeTag(expiresAtMs, relativeTime(expiresAtMs, nowMs));
  const soon = expiresAtMs - nowMs < SOON_MS ? html`<span class="soon">${ends}</span>` : ends;
  const kept = held ? html`<span class="held" title="It stays beyond its time until the hold is lifted">held</span>` : soon;
  return html`<tr class="file"><th scope="row" class="name"><a href="${linkTo(name)}">${shownName(below(name, prefix))}</a></th><td class="number" data-label="Size">${sizeTag(sizeBytes)}</td><td class="when" data-label="Stored (UTC)">${timeTag(createdAtMs, dayAndTime(createdAtMs))}</td><td class="when" data-label="Expires">${kept}</td><td data-label="SHA-256"><code class="digest" tabindex="0">${sha256}</code></td></tr>
`;
}

function nothing({ viewer, query, publicUrl }: ListingPage): Html {
  if (query.search !== "") {
    return html`<div class="sheet empty"><p>No name here holds “${shownName(query.search)}”.</p><p><a href="${address({ prefix: query.prefix })}">Show all files</a></p></div>
`;
  }
  if (query.after !== undefined)
    return html`<div class="sheet empty"><p>There are no older files.</p></div>
`;
  if (viewer.kind === "session")
    return html`<div class="sheet empty"><p>There are no files behind this link now.</p></div>
`;
  if (query.prefix !== "")
    return html`<div class="sheet empty"><p>There are no files below <code>${shownName(query.prefix)}</code>.</p></div>
`;
  return html`<div class="sheet empty"><p>Waiting for the first file.</p><p>Send one, and it is shown here when it is safe on the disk:</p>
<pre>curl -u ${viewer.login} -T backup.tar.gz ${publicUrl}</pre></div>
`;
}

function more({ query, next }: ListingPage): Html {
  if (next === undefined && query.after === undefined) return NOTHING;
  const { prefix, search } = query;
  const first = query.after === undefined ? html`<span></span>` : html`<a href="${address({ prefix, search })}">Newest files</a>`;
  const older =
    next === undefined ? undefined : html`<a href="${address({ prefix, search, after: cursorText(next) })}" rel="next">Older files</a>`;
  return html`<nav class="more" aria-label="Pages">${first}${older}</nav>
`;
}

const NOTHING: Html = new Html("");

/** Without its two options for failures curl ends with 0 whatever the answer was (spec section 0 row 10). */
function commands(login: string, { publicUrl }: ListingPage): Html {
  return html`<details>
<summary>The same with curl</summary>
<dl>
<div><dt>Store a file; none is ever replaced</dt><dd><pre>curl -u ${login} --fail-with-body -T backup.tar.gz ${publicUrl}</pre></dd></div>
<div><dt>Get one back</dt><dd><pre>curl -u ${login} -f -O ${publicUrl}backup.tar.gz</pre></dd></div>
<div><dt>Make a link that shows these files for a day, to whoever has it</dt><dd><pre>curl -u ${login} -i -X POST -H "X-HTTP-Method-Override: MAKESESSION" ${publicUrl}</pre></dd></div>
</dl>
</details>
`;
}

/** The listing's own address, with what is left of its query. */
function address(fields: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== "")).toString();
  return query === "" ? "./" : `./?${query}`;
}

/** Names are shown from here on; when searching whole, because they come from everywhere. */
function shownPrefix({ query }: ListingPage): string {
  return query.search === "" ? shownFolder(query.prefix) : "";
}

/** The prefix up to its last slash. */
function shownFolder(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf("/") + 1);
}

function below(name: string, prefix: string): string {
  return prefix !== "" && name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
