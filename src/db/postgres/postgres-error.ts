import { DatabaseError } from "pg";
import { HubError, type HubErrorCode } from "#model/hub-error.ts";

/**
 * What SQLSTATEs mean to a caller, by their longest known beginning; the others are bugs of ours
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const MEANINGS: Readonly<Record<string, readonly [HubErrorCode, string]>> = {
  "08": ["unavailable", "PostgreSQL does not answer"],
  "22021": ["invalid_input", "The text holds a character that the database cannot keep"],
  "25006": ["unavailable", "PostgreSQL takes no changes now"],
  "28": ["unavailable", "PostgreSQL refuses the sign-in"],
  "3D000": ["unavailable", "PostgreSQL has no database of that name"],
  "40001": ["unavailable", "The database is busy"],
  "40P01": ["unavailable", "The database is busy"],
  "42501": ["unavailable", "PostgreSQL does not allow this to our user"],
  "53100": ["storage_full", "The disk of PostgreSQL is full"],
  "53": ["unavailable", "PostgreSQL is short of memory or connections"],
  "55P03": ["unavailable", "The database is busy"],
  "57": ["unavailable", "PostgreSQL is stopping, or gave up a statement that took too long"],
  "58": ["unavailable", "The disk of PostgreSQL fails"],
  XX001: ["damaged", "PostgreSQL finds its data damaged"],
  XX002: ["damaged", "PostgreSQL finds its data damaged"],
};

/** The refusal that an error of PostgreSQL or of the way to it stands for, the error as its cause; what is none comes back as it is. */
export function asRefusal(error: unknown): unknown {
  if (error instanceof HubError || error instanceof TypeError || error instanceof RangeError) return error;
  if (!(error instanceof DatabaseError)) {
    // Of the way to the server, then: `ECONNREFUSED`, `ENOTFOUND`, or pg's own words for a wait that was too long.
    const why = error instanceof Error && "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
    return new HubError("unavailable", `PostgreSQL does not answer${why}`, { cause: error });
  }
  const [code, message] = meaningOf(error.code ?? "") ?? [];
  return code === undefined || message === undefined ? error : new HubError(code, message, { cause: error });
}

/** Whether the connection that threw this can be used on. The server's own errors leave it as it was, unless they end it. */
export function leavesConnectionUsable(error: unknown): boolean {
  return error instanceof DatabaseError && error.severity !== "FATAL" && error.severity !== "PANIC";
}

/** Whether the transaction was undone for the sake of another and may simply be run again. */
export function isWorthRepeating(error: unknown): boolean {
  const cause = error instanceof HubError ? error.cause : undefined;
  return cause instanceof DatabaseError && (cause.code === "40001" || cause.code === "40P01");
}

function meaningOf(state: string): readonly [HubErrorCode, string] | undefined {
  return MEANINGS[state] ?? MEANINGS[state.slice(0, 2)];
}
