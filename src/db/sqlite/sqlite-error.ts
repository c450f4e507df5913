import { HubError, type HubErrorCode } from "#model/hub-error.ts";

/** What SQLite's primary result codes mean to a caller; the others are bugs of ours (https://www.sqlite.org/rescode.html). */
const MEANINGS: Readonly<Record<number, readonly [HubErrorCode, string]>> = {
  3: ["unavailable", "The database file may not be read and written by this user"],
  5: ["unavailable", "The database is busy with another process"],
  6: ["unavailable", "The database is busy with another process"],
  7: ["unavailable", "There is no memory left for the database"],
  8: ["unavailable", "The database file may not be written by this user"],
  10: ["unavailable", "The disk of the database fails"],
  11: ["damaged", "The database file is damaged"],
  13: ["storage_full", "The disk of the database is full"],
  14: ["unavailable", "The database file cannot be opened"],
  15: ["unavailable", "The database is busy with another process"],
  22: ["unavailable", "The file system is too small for the database"],
  23: ["unavailable", "The database file may not be read and written by this user"],
  26: ["damaged", "The database file is not a database"],
};

/** The refusal that an error of node:sqlite stands for, with the error as its cause; what is none comes back as it is. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return error;
  const meaning = MEANINGS[error.errcode & 0xff];
  return meaning === undefined ? error : new HubError(meaning[0], meaning[1], { cause: error });
}
