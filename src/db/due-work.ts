import { type ExpressionBuilder, type Selectable, sql } from "kysely";
import { HubError } from "#model/hub-error.ts";
import type { DueWorkTable, ReadConnection, Tables, WriteTransaction } from "./tables.ts";

const PAYLOAD_CHARACTERS = 4096;
const KEY_CHARACTERS = 512;
const ERROR_CHARACTERS = 200;
const AT_ONCE = 500;

/** Numbers of rows begin at 1: with it a list of numbers is never empty, which SQL does not know. */
const NO_ID = 0;

/** Clocks of two machines may differ by this without one of them being taken for set back. */
const CLOCK_SKEW_MS = 60_000;

/** What a piece of work carries: anything that JSON holds, 4096 characters of it at most. */
export type Payload = null | boolean | number | string | readonly Payload[] | { readonly [name: string]: Payload };

export interface ScheduleInput {
  /** The name of what is to be done: `archives.expire`. It has the same lane always. */
  readonly kind: string;
  /** What it is done to. There is one piece of a kind and key; at most 512 characters. */
  readonly key: string;
  readonly lane: string;
  readonly dueAtMs: number;
  readonly payload: Payload;
  /**
   * What becomes of the piece when it is there already. `earlier`: it comes at the earlier of both times. `to`: it is moved to the
   * time given, be it later. Both replace its payload; when it runs just now, it runs once more, at the time given. `keep`: nothing.
   */
  readonly move: "earlier" | "to" | "keep";
  readonly nowMs: number;
}

/** A piece that a process has claimed. */
export interface ClaimedWork {
  readonly id: number;
  readonly kind: string;
  readonly key: string;
  readonly lane: string;
  readonly payload: Payload;
  /** How often it was begun since it last went well, this time included. */
  readonly attempts: number;
}

export interface ClaimInput {
  readonly process: string;
  readonly nowMs: number;
  readonly kinds: readonly string[];
  /** What this process runs, whatever has become of its lease: that is not claimed, and what else is leased to it is given back. */
  readonly runningIds: readonly number[];
  /** Lanes that have room, and for how many. */
  readonly lanes: readonly { readonly lane: string; readonly room: number }[];
}

/** How a run has ended. `released` means that it was broken off through no fault of its own, and counts as no attempt. */
export type WorkEnd =
  | { readonly kind: "done" }
  | { readonly kind: "again"; readonly atMs: number }
  | { readonly kind: "failed"; readonly retryAtMs: number; readonly error: string }
  | { readonly kind: "released" };

/** Asks for a piece of work. Throws `invalid_input` for a payload or key that is too large. */
export async function scheduleDueWork(tx: WriteTransaction, input: ScheduleInput): Promise<void> {
  const { kind, key, lane, dueAtMs, move, nowMs } = input;
  const payload = JSON.stringify(input.payload);
  if (payload.length > PAYLOAD_CHARACTERS) throw new HubError("invalid_input", "The payload of a piece of work is too large");
  if (key.length > KEY_CHARACTERS || key.includes("\0")) throw new HubError("invalid_input", "The key of a piece of work cannot be kept");
  const row = { kind, key, lane, dueAtMs, setAtMs: nowMs, payload, revision: 1, claimedRevision: null, leaseBy: null, attempts: 0 };
  await tx
    .insertInto("dueWork")
    .values({ ...row, lastError: null })
    .onConflict((conflict) => {
      const taken = conflict.columns(["kind", "key"]);
      if (move === "keep") return taken.doNothing();
      return taken.doUpdateSet({
        lane,
        payload,
        setAtMs: nowMs,
        revision: (row) => row("dueWork.revision", "+", 1),
        dueAtMs: (row) => {
          if (move === "to") return row.val(dueAtMs);
          // The time of one that runs has been served, unless it was asked for again meanwhile.
          const isServed = row.and([
            row("dueWork.leaseBy", "is not", null),
            row("dueWork.revision", "=", row.ref("dueWork.claimedRevision")),
          ]);
          return row
            .case()
            .when(row.or([isServed, row("dueWork.dueAtMs", ">", dueAtMs)]))
            .then(row.val(dueAtMs))
            .else(row.ref("dueWork.dueAtMs"))
            .end();
        },
      });
    })
    .execute();
}

/** Forgets the piece. One that runs is not stopped, and its end changes nothing. */
export async function cancelDueWork(tx: WriteTransaction, { kind, key }: { readonly kind: string; readonly key: string }): Promise<void> {
  await tx.deleteFrom("dueWork").where("kind", "=", kind).where("key", "=", key).execute();
}

/** Takes a process in, so that it may claim. Nothing changes when it is there: an answer may have been lost. */
export async function registerDueWorkProcess(tx: WriteTransaction, { process }: { readonly process: string }): Promise<void> {
  await tx
    .insertInto("dueWorkProcess")
    .values({ process, beat: 0 })
    .onConflict((conflict) => conflict.column("process").doNothing())
    .execute();
}

/** Shows that the process lives: all its leases are renewed by it. False when it was taken for dead and has none any more. */
export async function beatDueWorkProcess(tx: WriteTransaction, { process }: { readonly process: string }): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("dueWorkProcess")
    .set((row) => ({ beat: row("beat", "+", 1) }))
    .where("process", "=", process)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Whether there is anything to claim. It writes nothing, so a hub with nothing to do lets its disk sleep. */
export async function hasDueWork(db: ReadConnection, { nowMs, kinds, lanes, runningIds }: Omit<ClaimInput, "process">): Promise<boolean> {
  const due = db.selectFrom("dueWork").select("id").where("leaseBy", "is", null).where("dueAtMs", "<=", nowMs);
  const ours = due.where("kind", "in", kinds).where("id", "not in", [NO_ID, ...runningIds]);
  for (const { lane } of lanes) {
    if ((await ours.where("lane", "=", lane).limit(1).executeTakeFirst()) !== undefined) return true;
  }
  return false;
}

/** Claims what is due, the oldest of each lane first. Undefined when the process was taken for dead. */
export async function claimDueWork(tx: WriteTransaction, input: ClaimInput): Promise<readonly ClaimedWork[] | undefined> {
  const { process, nowMs, kinds, lanes, runningIds } = input;
  // Whoever takes this process for dead waits for this row, and then finds another beat: nothing is claimed by one that is buried.
  if (!(await beatDueWorkProcess(tx, { process }))) return undefined;
  await releaseStray(tx, { process, runningIds });
  const claimed: ClaimedWork[] = [];
  for (const { lane, room } of lanes) {
    const rows = await tx
      .updateTable("dueWork")
      .set((row) => ({ leaseBy: process, claimedRevision: row.ref("revision"), attempts: row("attempts", "+", 1) }))
      .where("leaseBy", "is", null) // looked at again when another had the row: PostgreSQL waits for it and then asks this anew
      .where("id", "in", (from) =>
        from
          .selectFrom("dueWork as due")
          .select("due.id")
          .where("due.leaseBy", "is", null)
          .where("due.lane", "=", lane)
          .where("due.dueAtMs", "<=", nowMs)
          .where("due.kind", "in", kinds)
          .where("due.id", "not in", [NO_ID, ...runningIds])
          .orderBy("due.dueAtMs")
          .orderBy("due.id")
          .limit(room),
      )
      .returningAll()
      .execute();
    claimed.push(...rows.map(claimedOf));
  }
  return claimed;
}

/** A claim whose commit was never answered may have been made all the same: nobody would run what it took. */
async function releaseStray(tx: WriteTransaction, { process, runningIds }: Pick<ClaimInput, "process" | "runningIds">): Promise<void> {
  await tx
    .updateTable("dueWork")
    .set((row) => ({ leaseBy: null, claimedRevision: null, attempts: row("attempts", "-", 1) }))
    .where("leaseBy", "=", process)
    .where("id", "not in", [NO_ID, ...runningIds])
    .execute();
}

/** Writes down how a run has ended. False, and nothing changed, when the lease was lost. */
export async function endDueWork(
  tx: WriteTransaction,
  { id, process, end, nowMs }: { readonly id: number; readonly process: string; readonly end: WorkEnd; readonly nowMs: number },
): Promise<boolean> {
  if (end.kind === "done") {
    const { numDeletedRows } = await tx
      .deleteFrom("dueWork")
      .where("id", "=", id)
      .where("leaseBy", "=", process)
      .where((row) => row("revision", "=", row.ref("claimedRevision")))
      .executeTakeFirst();
    if (numDeletedRows === 1n) return true;
  }
  const { numUpdatedRows } = await tx
    .updateTable("dueWork")
    .set((row) => ({ leaseBy: null, claimedRevision: null, ...ended(row, end, nowMs) }))
    .where("id", "=", id)
    .where("leaseBy", "=", process)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** What an end changes of a row; a time that was asked for while it ran holds. */
function ended(row: ExpressionBuilder<Tables, "dueWork">, end: WorkEnd, nowMs: number) {
  const isAskedAnew = row("revision", "!=", row.ref("claimedRevision"));
  const unlessAsked = (compare: "<" | ">", atMs: number) =>
    row
      .case()
      .when(row.and([isAskedAnew, row("dueAtMs", compare, atMs)]))
      .then(row.ref("dueAtMs"))
      .else(row.val(atMs))
      .end();
  switch (end.kind) {
    case "done":
      return { attempts: 0, lastError: null };
    case "again":
      return { attempts: 0, lastError: null, setAtMs: nowMs, dueAtMs: unlessAsked("<", end.atMs) };
    case "failed":
      return { lastError: sentence(end.error), setAtMs: nowMs, dueAtMs: unlessAsked(">", end.retryAtMs) };
    case "released":
      return { attempts: row("attempts", "-", 1) };
  }
}

/** Every process that does work, with the beat it has come to. */
export async function listDueWorkProcesses(db: ReadConnection): Promise<readonly { readonly process: string; readonly beat: number }[]> {
  return await db.selectFrom("dueWorkProcess").select(["process", "beat"]).orderBy("process").limit(1000).execute();
}

/**
 * Takes a process out, so that others do what it had claimed: so many pieces. With `beat`, only when it has not beaten since:
 * undefined, and nothing changed, when it has, or is gone.
 */
export async function endDueWorkProcess(
  tx: WriteTransaction,
  { process, beat }: { readonly process: string; readonly beat?: number | undefined },
): Promise<number | undefined> {
  const going = tx.deleteFrom("dueWorkProcess").where("process", "=", process);
  const { numDeletedRows } = await (beat === undefined ? going : going.where("beat", "=", beat)).executeTakeFirst();
  if (numDeletedRows === 0n) return undefined;
  const free = { leaseBy: null, claimedRevision: null };
  const { numUpdatedRows } = await tx.updateTable("dueWork").set(free).where("leaseBy", "=", process).executeTakeFirst();
  return Number(numUpdatedRows);
}

/**
 * Brings up to 500 pieces nearer that were scheduled by a clock since set back: each waits as long from now as it was to wait then.
 * Resolves to how many they were; when it is 500 there may be more.
 */
export async function mendDueTimes(tx: WriteTransaction, { nowMs }: { readonly nowMs: number }): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable("dueWork")
    .set((row) => ({ dueAtMs: sql<number>`${row.ref("dueAtMs")} - ${row.ref("setAtMs")} + ${nowMs}`, setAtMs: nowMs }))
    .where("id", "in", (from) =>
      from
        .selectFrom("dueWork as ahead")
        .select("ahead.id")
        .where("ahead.setAtMs", ">", nowMs + CLOCK_SKEW_MS)
        .limit(AT_ONCE),
    )
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

function claimedOf({ id, kind, key, lane, payload, attempts }: Selectable<DueWorkTable>): ClaimedWork {
  return { id, kind, key, lane, payload: JSON.parse(payload), attempts };
}

function sentence(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, " ").toWellFormed();
  return line.length <= ERROR_CHARACTERS ? line : `${line.slice(0, ERROR_CHARACTERS - 3).toWellFormed()}...`;
}
