import type { SqliteConnection } from "../sqlite/open-connection.ts";
import { asRefusal } from "../sqlite/sqlite-error.ts";
import { WRITES } from "../writes.ts";
import type { SameFile } from "./same-file.ts";
import { type Call, CLAIM, claim, type FromThread, type Reply, sendError } from "./thread-messages.ts";

/**
 * Runs writes in one transaction, so that they share one wait for the disk. Each has a savepoint: one that fails is undone alone.
 * The replies exist only after the commit; when that fails every one of them is its error.
 */
export async function commitGroup(
  connection: SqliteConnection,
  { claims, sameFile }: { readonly claims: Int32Array; readonly sameFile: SameFile },
  calls: readonly Call[],
): Promise<FromThread> {
  const { handle } = connection;
  const replies: Reply[] = [];
  try {
    sameFile.require();
    handle.exec("BEGIN IMMEDIATE"); // waits for other processes; until it has the lock, calls can still be withdrawn
    for (const call of calls) {
      const reply = claim(claims, call.slot, CLAIM.begun) ? await runInSavepoint(connection, call) : withdrawn(call);
      replies.push(reply);
    }
    handle.exec("COMMIT");
    return replies;
  } catch (cause) {
    if (handle.isTransaction) handle.exec("ROLLBACK");
    const error = sendError(asRefusal(cause));
    return calls.map(({ slot }) => ({ slot, kind: "error", error }));
  }
}

function withdrawn({ slot }: Call): Reply {
  return { slot, kind: "withdrawn" };
}

/** Throws only when the whole transaction is lost: a full or failing disk makes SQLite give it up by itself. */
async function runInSavepoint({ handle, db }: SqliteConnection, { slot, name, input }: Call): Promise<Reply> {
  handle.exec("SAVEPOINT one");
  try {
    const write = WRITES[name as keyof typeof WRITES]; // the main thread's compiler has checked that name and input belong together
    const value = await write(db, input as never);
    handle.exec("RELEASE one");
    return { slot, kind: "value", value };
  } catch (error) {
    if (!handle.isTransaction) throw error;
    handle.exec("ROLLBACK TO one");
    handle.exec("RELEASE one");
    return { slot, kind: "error", error: sendError(error) };
  }
}
