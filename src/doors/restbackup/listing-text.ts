import { turns } from "#lib/turns.ts";
import type { Archive } from "#model/archive.ts";

/** A live archive as a listing shows it. */
export interface ListedArchive extends Pick<Archive, "id" | "name" | "sizeBytes" | "sha256" | "createdAtMs" | "expiresAtMs"> {
  /** Whether a legal hold keeps it past its time. */
  readonly held: boolean;
}

/**
 * The shape of a listing (spec/restbackup.md sections 3.3 and 3.4).
 *
 * - `three-keys`  JSON as the service has documented it
 * - `five-keys`   JSON as its first clients read it: without `date` the one fails, without `deletetime` the other shows 1969
 * - `all-keys`    JSON for whoever asks for all there is
 * - `lines`       one line of plain text for each file
 */
export type ListingForm = "three-keys" | "five-keys" | "all-keys" | "lines";

const PIECE_CHARACTERS = 16 * 1024; // at most three bytes each

/**
 * The whole listing in pieces of some ten KiB, so that neither a buffer nor a write grows with the number of archives. They come in the
 * order of their listing, in pages of any size. What `pages` throws ends it before its last bracket, and so is seen by every client.
 */
export async function* listingText(
  form: ListingForm,
  pages: AsyncIterable<readonly ListedArchive[]>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { before, between, after, row } = FORMS[form];
  let text = before;
  let isFirst = true;
  for await (const page of pages) {
    for (const archive of page) {
      text += isFirst ? row(archive) : between + row(archive);
      isFirst = false;
      if (text.length < PIECE_CHARACTERS) continue;
      yield Buffer.from(text);
      text = "";
      if (turns.isOver()) await turns.next();
    }
  }
  text += isFirst ? after : FORMS[form].end + after;
  if (text !== "") yield Buffer.from(text);
}

interface Form {
  readonly before: string;
  readonly between: string;
  /** Behind the last row. */
  readonly end: string;
  readonly after: string;
  readonly row: (archive: ListedArchive) => string;
}

// An empty body crashes both libraries: without files there are still the two brackets, each on its line.
const JSON_ARRAY = { before: "[\n", between: ",\n", end: "\n", after: "]\n" };

const FORMS: Readonly<Record<ListingForm, Form>> = {
  "three-keys": { ...JSON_ARRAY, row: (archive) => `${start(archive)},"createtime":${seconds(archive.createdAtMs)}}` },
  "five-keys": { ...JSON_ARRAY, row: (archive) => `${five(archive)}}` },
  "all-keys": { ...JSON_ARRAY, row: (archive) => `${five(archive)},"sha256":"${archive.sha256}","hold":${archive.held}}` },
  lines: {
    ...{ before: "", between: "", end: "", after: "" },
    row: ({ createdAtMs, sizeBytes, name }) => `${isoTime(createdAtMs)}\t${sizeBytes}\t${name}\n`,
  },
};

function start({ name, sizeBytes }: ListedArchive): string {
  return `{"name":${JSON.stringify(name)},"size":${sizeBytes}`;
}

function five(archive: ListedArchive): string {
  const { createdAtMs, expiresAtMs } = archive;
  return `${start(archive)},"date":"${isoTime(createdAtMs)}","createtime":${seconds(createdAtMs)},"deletetime":${seconds(expiresAtMs)}`;
}

/** Whole ones: a fraction kills the Java library. */
function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** `2010-05-21T11:00:03Z` */
export function isoTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
