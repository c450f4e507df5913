import type { Expression, ExpressionBuilder, Selectable, SelectQueryBuilder, SqlBool } from "kysely";
import type { Operation, OperationKind } from "#model/operation.ts";
import { matchesFilter, type OperationFilter, type OperationView, SHARED_KINDS, SHARED_WITHOUT_ACCOUNT } from "#model/operation-filter.ts";
import { endOfBelow } from "./below.ts";
import { kindAndStatus, operationOf, topOf } from "./operations.ts";
import { pageLimit } from "./page-limit.ts";
import type { OperationTable, ReadConnection, Tables } from "./tables.ts";

export interface OperationPage {
  /** The newest first. */
  readonly operations: readonly Operation[];
  /** What to ask for next as `before`; undefined at the end. There may be a next page although this one is short or empty. */
  readonly next: number | undefined;
}

export interface ListOperationsInput {
  readonly filter: OperationFilter;
  /** Only lines with a lower id. */
  readonly before?: number | undefined;
  readonly limit: number;
}

// One list looks at no more lines than this, whatever is asked for: what it has not seen is left to the next page.
const LOOKED_AT = 4000;
// A condition with fewer lines than this is the one to begin with.
const FEW = 1000;
const FIRST_LOOK = 200;
const NEXT_LOOK = 400;
// ... and after this long it begins no further look: lines that lie far apart cost a page of the file each.
const LOOKING_MS = 6;

const LOOKED_AT_COLUMNS = ["id", "kind", "status", "account", "repository", "door", "actorKind", "actorName"] as const;

/**
 * A page of the lines that are meant. It walks along the rarest of the conditions by its index and looks at the rest line by line; so
 * the work is bounded, also when each condition is common and no line meets them all.
 */
export async function listOperations(db: ReadConnection, { filter, before, limit }: ListOperationsInput): Promise<OperationPage> {
  pageLimit(limit);
  const range = await rangeOf(db, filter, before);
  if (range === undefined) return { operations: [], next: undefined };
  const { kinds, ...others } = filter;
  const way = await rarestWay(db, range, waysOf(others), undefined);
  const parts = filter.view === undefined || way?.isFew === true ? [] : partsOf(filter.view);
  if (parts.length > 0) {
    // Each part of what may be seen along a way of its own: the lines of others, however many, are not walked through.
    const pages: OperationPage[] = [];
    for (const part of parts) {
      const itsWay = await rarestWay(db, range, [part], way);
      const share = { most: Math.ceil(LOOKED_AT / parts.length), lookingMs: LOOKING_MS / parts.length };
      pages.push(await walk(db, { filter, range, way: itsWay, limit, ...share }));
    }
    return merge(pages, limit);
  }
  if (kinds === undefined || way?.isFew === true)
    return await walk(db, { filter, range, way, limit, most: LOOKED_AT, lookingMs: LOOKING_MS });

  // Each kind along a way of its own, and then together as far as all of them have come.
  const pages: OperationPage[] = [];
  for (const kind of new Set(kinds)) {
    const ofKind = { ...others, kinds: [kind] };
    const itsWay = await rarestWay(db, range, waysOf({ kinds: [kind], status: others.status }), way);
    const share = { most: Math.ceil(LOOKED_AT / kinds.length), lookingMs: LOOKING_MS / kinds.length };
    pages.push(await walk(db, { filter: ofKind, range, way: itsWay, limit, ...share }));
  }
  return merge(pages, limit);
}

/** Ids [from, before). */
interface IdRange {
  readonly from: number;
  readonly before: number;
}

async function rangeOf(
  db: ReadConnection,
  { sinceMs, untilMs }: OperationFilter,
  before: number | undefined,
): Promise<IdRange | undefined> {
  const ids = db.selectFrom("operation").select("id").limit(1);
  let range = { from: 0, before: before ?? Number.MAX_SAFE_INTEGER };
  if (sinceMs !== undefined) {
    const first = await ids.where("recordedAtMs", ">=", sinceMs).orderBy("recordedAtMs").orderBy("id").executeTakeFirst();
    if (first === undefined) return undefined;
    range = { ...range, from: first.id };
  }
  if (untilMs !== undefined) {
    const last = await ids.where("recordedAtMs", "<", untilMs).orderBy("recordedAtMs", "desc").orderBy("id", "desc").executeTakeFirst();
    if (last === undefined) return undefined;
    range = { ...range, before: Math.min(range.before, last.id + 1) };
  }
  return range.from < range.before ? range : undefined;
}

type Query = SelectQueryBuilder<Tables, "operation", object>;

/** The lines that meet one condition, by an index that has them in the order of their ids. */
interface Way {
  readonly along: (query: Query) => Query;
  /** Whether the range has fewer than `FEW` of them. */
  readonly isFew: boolean;
  /** The id of its `FEW`th line. */
  readonly reaches: number;
}

function waysOf({ kinds, status, account, repository, below, door, actorKind, actorName }: OperationFilter): Way["along"][] {
  const ways: Way["along"][] = [];
  const [kind] = kinds ?? [];
  if (kind !== undefined && status !== undefined) {
    ways.push((query) => query.where("kindAndStatus", "=", kindAndStatus(kind, status)));
  } else if (kind !== undefined) ways.push((query) => query.where("kind", "=", kind));
  else if (status !== undefined) ways.push((query) => query.where("status", "=", status));
  if (repository !== undefined) ways.push((query) => query.where("repository", "=", repository));
  else if (below !== undefined && below !== "/") ways.push((query) => query.where("repositoryTop", "=", topOf(below)));
  if (account !== undefined) ways.push((query) => query.where("account", "=", account));
  if (actorName !== undefined) ways.push((query) => query.where("actorName", "=", actorName));
  else if (actorKind !== undefined) ways.push((query) => query.where("actorKind", "=", actorKind));
  if (door !== undefined) ways.push((query) => query.where("door", "=", door));
  return ways;
}

// Of more folders than this it is quicker to walk along all lines.
const MOST_PARTS = 8;

/** What an account may see in parts that have an index each; none when that would be too many. */
function partsOf({ account, roots }: OperationView): Way["along"][] {
  const tops = new Set(roots.map(topOf));
  if (tops.size > MOST_PARTS || roots.includes("/")) return [];
  return [
    (query) => query.where("account", "=", account),
    ...[...tops].map(
      (top): Way["along"] =>
        (query) =>
          query.where("repositoryTop", "=", top),
    ),
  ];
}

/** The way with the fewest lines, or `known`, judged by how far it has to go for the first `FEW`; undefined when there is none. */
async function rarestWay(
  db: ReadConnection,
  range: IdRange,
  ways: readonly Way["along"][],
  known: Way | undefined,
): Promise<Way | undefined> {
  let rarest = known;
  for (const along of ways) {
    const reaches = await idAt(db, { range, along, place: FEW });
    if (reaches === undefined) return { along, isFew: true, reaches: 0 };
    if (rarest === undefined || reaches < rarest.reaches) rarest = { along, reaches, isFew: false };
  }
  return rarest;
}

interface Walk {
  readonly filter: OperationFilter;
  readonly range: IdRange;
  /** Undefined: along all lines. */
  readonly way: Way | undefined;
  readonly limit: number;
  /** How many lines it may look at. */
  readonly most: number;
  readonly lookingMs: number;
}

async function walk(db: ReadConnection, { filter, range, way, limit, most, lookingMs }: Walk): Promise<OperationPage> {
  const along = way?.along ?? ((query: Query) => query);
  const operations: Operation[] = [];
  const untilMs = performance.now() + lookingMs;
  let { before } = range;
  for (let looked = 0, look = Math.max(FIRST_LOOK, limit); looked < most; looked += look, look = NEXT_LOOK) {
    if (looked > 0 && performance.now() > untilMs) break;
    const lines = Math.min(look, most - looked);
    const left = { from: range.from, before };
    // The limit inside keeps both engines from choosing another way for the conditions outside.
    const found = db
      .selectFrom(candidates(db, left, along).select(LOOKED_AT_COLUMNS).limit(lines).as("operation"))
      .select("id")
      .where((where) => where.and(conditionsOf(where, filter)))
      .orderBy("id", "desc")
      .limit(limit - operations.length);
    const rows = await db
      .selectFrom(found.as("found"))
      .innerJoin("operation", "operation.id", "found.id")
      .selectAll("operation")
      .orderBy("operation.id", "desc")
      .execute();
    operations.push(...rows.map(operationOf));
    const end = await idAt(db, { range: left, along, place: lines });
    if (operations.length === limit) return { operations, next: operations.at(-1)?.id };
    if (end === undefined) return { operations, next: undefined };
    before = end;
  }
  return { operations, next: before };
}

function candidates(db: ReadConnection, { from, before }: IdRange, along: Way["along"]) {
  return along(db.selectFrom("operation")).where("id", ">=", from).where("id", "<", before).orderBy("id", "desc");
}

/** The id of the `place`th line along the way, from 1; undefined when it has fewer. */
async function idAt(
  db: ReadConnection,
  { range, along, place }: { readonly range: IdRange; readonly along: Way["along"]; readonly place: number },
): Promise<number | undefined> {
  const row = await candidates(db, range, along)
    .select("id")
    .limit(1)
    .offset(place - 1)
    .executeTakeFirst();
  return row?.id;
}

/** The lines as far as conditions look at them. */
type Looked = { operation: Pick<Selectable<OperationTable>, (typeof LOOKED_AT_COLUMNS)[number]> };

function conditionsOf(where: ExpressionBuilder<Looked, "operation">, filter: OperationFilter): Expression<SqlBool>[] {
  const { kinds, status, account, repository, below, door, actorKind, actorName, view } = filter;
  const conditions: Expression<SqlBool>[] = [];
  if (kinds !== undefined) conditions.push(where("kind", "in", kinds as OperationKind[])); // Kysely's own list is not readonly
  if (status !== undefined) conditions.push(where("status", "=", status));
  if (account !== undefined) conditions.push(where("account", "=", account));
  if (repository !== undefined) conditions.push(where("repository", "=", repository));
  if (below !== undefined) conditions.push(where("repository", ">=", below), where("repository", "<", endOfBelow(below)));
  if (door !== undefined) conditions.push(where("door", "=", door));
  if (actorKind !== undefined) conditions.push(where("actorKind", "=", actorKind));
  if (actorName !== undefined) conditions.push(where("actorName", "=", actorName));
  if (view !== undefined)
    conditions.push(inView(where, view), ...(actorName === undefined ? [] : [where("actorKind", "=", "account" as const)]));
  return conditions;
}

/** The same as `isInView` of the filter. */
function inView(where: ExpressionBuilder<Looked, "operation">, { account, roots }: OperationView): Expression<SqlBool> {
  if (roots.length === 0) return where("account", "=", account);
  const isShared = where.or([
    where("kind", "in", SHARED_KINDS as OperationKind[]), // Kysely's own list is not readonly
    where.and([where("kind", "in", SHARED_WITHOUT_ACCOUNT as OperationKind[]), where("account", "is", null)]),
  ]);
  const isThere = anyOf(
    where,
    roots.map((root) => where.and([where("repository", ">=", root), where("repository", "<", endOfBelow(root))])),
  );
  return where.or([where("account", "=", account), where.and([isShared, isThere])]);
}

/** One of at least one condition, as a tree: SQLite takes no expression that is a thousand deep. */
function anyOf(where: ExpressionBuilder<Looked, "operation">, conditions: readonly Expression<SqlBool>[]): Expression<SqlBool> {
  const half = Math.ceil(conditions.length / 2);
  if (conditions.length <= 2) return where.or([...conditions]);
  return where.or([anyOf(where, conditions.slice(0, half)), anyOf(where, conditions.slice(half))]);
}

/** The newest lines of several pages, none older than where the shortest of them has stopped looking. */
function merge(pages: readonly OperationPage[], limit: number): OperationPage {
  const seenTo = Math.max(0, ...pages.map(({ next }) => next ?? 0));
  const found = new Map(pages.flatMap((page) => page.operations).map((operation) => [operation.id, operation]));
  const operations = [...found.values()].filter(({ id }) => id >= seenTo).sort((one, other) => other.id - one.id);
  if (operations.length > limit) return { operations: operations.slice(0, limit), next: operations[limit - 1]?.id };
  return { operations, next: seenTo === 0 ? undefined : seenTo };
}

export interface ChangesPage {
  /** What has changed, in the order of the changes; each as it is now. */
  readonly operations: readonly Operation[];
  /** Where the page ends: the next one begins after it. */
  readonly change: number;
  /** Whether there may be more at once. */
  readonly isFull: boolean;
  /** Whether changes behind `after` are not to be had any more, or `after` is not of this timeline; then the page is empty and ends with the newest change. */
  readonly isReset: boolean;
}

const CHANGES = 250;

/** What has changed after the change of that number. At most `limit` lines are looked at, 250 unless said. */
export async function listOperationChanges(
  db: ReadConnection,
  { after, filter, limit = CHANGES }: { readonly after: number; readonly filter: OperationFilter; readonly limit?: number | undefined },
): Promise<ChangesPage> {
  const rows = await db.selectFrom("operation").selectAll().where("change", ">", after).orderBy("change").limit(pageLimit(limit)).execute();
  // Read after the lines: a trimming in between shows, and what it took is not missed in silence.
  const { change, trimmedChange } = await db.selectFrom("operationChange").select(["change", "trimmedChange"]).executeTakeFirstOrThrow();
  if (after < trimmedChange || after > change) return { operations: [], change, isFull: false, isReset: true };
  const operations = rows.map(operationOf).filter((operation) => matchesFilter(filter, operation));
  return { operations, change: rows.at(-1)?.change ?? after, isFull: rows.length === limit, isReset: false };
}
