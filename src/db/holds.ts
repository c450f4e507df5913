import type { Selectable } from "kysely";
import { HubError } from "#model/hub-error.ts";
import type { Hold, HoldTerm } from "#model/removal.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { endOfBelow } from "./below.ts";
import { recordSettingsChange, type SettingsChange } from "./operations.ts";
import { pageLimit } from "./page-limit.ts";
import { pathsAtAndAbove } from "./paths-at-and-above.ts";
import { shown } from "./shown.ts";
import type { HoldTable, ReadConnection, WriteTransaction } from "./tables.ts";

// All that count for a repository are held in memory: those of its path and of at most eight above.
const MOST_ON_ONE_PATH = 100;

export interface AddHoldInput extends SettingsChange {
  readonly path: string;
  readonly term: HoldTerm;
  readonly reason: string;
}

/** Adds a hold. Throws `invalid_input` when there are too many on that path. */
export async function addHold(tx: WriteTransaction, input: AddHoldInput): Promise<Hold> {
  const { path, term, reason, nowMs } = input;
  const { count } = await tx
    .selectFrom("hold")
    .select((select) => select.fn.countAll<number>().as("count"))
    .where("path", "=", path)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_ON_ONE_PATH) {
    throw new HubError("invalid_input", `There are ${MOST_ON_ONE_PATH} holds on this path; remove one that is over`);
  }
  const row = await tx
    .insertInto("hold")
    .values({
      path,
      untilMs: term.kind === "fixed" ? term.untilMs : null,
      minAgeMs: term.kind === "rolling" ? term.minAgeMs : null,
      reason,
      createdAtMs: nowMs,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await recordSettingsChange(tx, input, { repository: path, ...lineOf(row, "was added") });
  await raiseAccessVersion(tx, nowMs);
  return holdOf(row);
}

/** Lifts a hold, over or not. Throws `not_found`. */
export async function removeHold(tx: WriteTransaction, input: SettingsChange & { readonly id: number }): Promise<Hold> {
  const row = await tx.deleteFrom("hold").where("id", "=", input.id).returningAll().executeTakeFirst();
  if (row === undefined) throw new HubError("not_found", `There is no hold ${shown(`${input.id}`)}`);
  await recordSettingsChange(tx, input, { repository: row.path, ...lineOf(row, "was lifted") });
  await raiseAccessVersion(tx, input.nowMs);
  return holdOf(row);
}

/** The hold of that number; undefined when there is none. */
export async function findHold(db: ReadConnection, id: number): Promise<Hold | undefined> {
  const row = await db.selectFrom("hold").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : holdOf(row);
}

/** The holds that count for what lies at `path`: those on it and above, over or not. */
export async function listHoldsFor(db: ReadConnection, path: string): Promise<readonly Hold[]> {
  const rows = await db.selectFrom("hold").selectAll().where("path", "in", pathsAtAndAbove(path)).orderBy("id").execute();
  return rows.map(holdOf);
}

export interface ListHoldsInput {
  /** Only those that count for what lies at this path. */
  readonly path?: string | undefined;
  /** Only those that count for something at or below one of these. */
  readonly countingBelow?: readonly string[] | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
}

/** A page of all holds by their numbers. */
export async function listHolds(db: ReadConnection, { path, countingBelow, after = 0, limit }: ListHoldsInput): Promise<readonly Hold[]> {
  let page = db.selectFrom("hold").selectAll().where("id", ">", after).orderBy("id").limit(pageLimit(limit));
  if (path !== undefined) page = page.where("path", "in", pathsAtAndAbove(path));
  if (countingBelow !== undefined) {
    const above = [...new Set(countingBelow.flatMap(pathsAtAndAbove))];
    page = page.where((where) =>
      where.or([
        ...(above.length === 0 ? [where("id", "<", 0)] : [where("path", "in", above)]), // none of no roots
        ...countingBelow.map((root) => where("path", ">=", root).and("path", "<", endOfBelow(root))),
      ]),
    );
  }
  return (await page.execute()).map(holdOf);
}

export function holdOf({ id, path, untilMs, minAgeMs, reason, createdAtMs }: Selectable<HoldTable>): Hold {
  const term: HoldTerm = untilMs === null ? { kind: "rolling", minAgeMs: minAgeMs ?? 0 } : { kind: "fixed", untilMs };
  return { id, path, term, reason, createdAtMs };
}

function lineOf({ id, path, untilMs, minAgeMs, reason }: Selectable<HoldTable>, what: string) {
  const term = untilMs === null ? `for ${(minAgeMs ?? 0) / 86_400_000} days after arrival` : `until ${new Date(untilMs).toISOString()}`;
  return { summary: `A hold on ${path} ${term} ${what}`, details: { hold: id, untilMs, minAgeMs, reason } };
}
