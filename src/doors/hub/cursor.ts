import { z } from "zod";
import { InvalidRequest } from "./errors.ts";

const MOST_CHARACTERS = 4096;
const place = z.array(z.string().refine((text) => text.isWellFormed() && !text.includes("\0")));

/** The place behind which a page begins, as clients hand it back unread. */
export function writeCursor(words: readonly string[]): string {
  return Buffer.from(JSON.stringify(words)).toString("base64url");
}

/** The words of a cursor that has `count` of them; undefined without one. Throws `InvalidRequest` for one that we have not written. */
export function readCursor(cursor: string | undefined, count: number): readonly string[] | undefined {
  if (cursor === undefined) return undefined;
  const parsed = place.length(count).safeParse(cursor.length > MOST_CHARACTERS ? undefined : parse(cursor));
  if (!parsed.success) throw notOurs();
  return parsed.data;
}

/** The number of a cursor that is one; undefined without a cursor. Throws `InvalidRequest`. */
export function readNumberCursor(cursor: string | undefined): number | undefined {
  const [word] = readCursor(cursor, 1) ?? [];
  if (word === undefined) return undefined;
  if (!/^\d{1,15}$/.test(word)) throw notOurs();
  return Number(word);
}

function notOurs(): InvalidRequest {
  return new InvalidRequest([{ parameter: "cursor", detail: "Not a cursor of this list; leave it out to begin anew" }]);
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
