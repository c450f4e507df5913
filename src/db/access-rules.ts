import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { CleanupWindow, Hold } from "#model/removal.ts";
import { endOfBelow } from "./below.ts";
import { windowOf } from "./cleanup-windows.ts";
import { holdOf } from "./holds.ts";
import { pathsAtAndAbove } from "./paths-at-and-above.ts";
import type { ReadConnection, Tables } from "./tables.ts";

/** What people have set that decides about removals at some paths, above them and below. */
export interface AccessRules {
  readonly holds: readonly Hold[];
  readonly windows: readonly CleanupWindow[];
  /** Paths that are marked: there nobody removes without an open window. */
  readonly marks: readonly string[];
  /** Whether there are more of one of them than `limit`. */
  readonly isCut: boolean;
}

export interface AccessRulesInput {
  readonly paths: readonly string[];
  /** Whether what is set below the paths is meant too. */
  readonly below: boolean;
  /** Those that were over by then are left out. */
  readonly nowMs: number;
  /** Most of each. */
  readonly limit: number;
}

/** Reads them, by their paths. */
export async function listAccessRules(db: ReadConnection, input: AccessRulesInput): Promise<AccessRules> {
  const { paths, nowMs, limit } = input;
  if (paths.length === 0) return { holds: [], windows: [], marks: [], isCut: false };
  const most = limit + 1;
  const holds = await db
    .selectFrom("hold")
    .selectAll()
    .where((where) => isConcerned(where, input))
    .where((where) => where.or([where("untilMs", "is", null), where("untilMs", ">", nowMs)]))
    .orderBy("path")
    .orderBy("id")
    .limit(most)
    .execute();
  const windows = await db
    .selectFrom("cleanupWindow")
    .selectAll()
    .where((where) => isConcerned(where, input))
    .where("closesAtMs", ">", nowMs)
    .orderBy("path")
    .orderBy("id")
    .limit(most)
    .execute();
  const marks = await db
    .selectFrom("cleanupOnly")
    .select("path")
    .where((where) => isConcerned(where, input))
    .orderBy("path")
    .limit(most)
    .execute();
  return {
    holds: holds.slice(0, limit).map(holdOf),
    windows: windows.slice(0, limit).map(windowOf),
    marks: marks.slice(0, limit).map(({ path }) => path),
    isCut: [holds, windows, marks].some((rows) => rows.length > limit),
  };
}

type WithPath = "hold" | "cleanupWindow" | "cleanupOnly";

function isConcerned<Table extends WithPath>(
  where: ExpressionBuilder<Tables, Table>,
  { paths, below }: AccessRulesInput,
): Expression<SqlBool> {
  const columns = where as unknown as ExpressionBuilder<Tables, "hold">; // each of the three has a path, and no more of it is looked at
  const above = [...new Set(paths.flatMap(pathsAtAndAbove))];
  const ranges = below ? paths.map((path) => columns.and([columns("path", ">=", path), columns("path", "<", endOfBelow(path))])) : [];
  return columns.or([columns("path", "in", above), ...ranges]);
}
