import { parentPort, workerData } from "node:worker_threads";
import { LISTS } from "../lists.ts";
import { openConnection } from "../sqlite/open-connection.ts";
import type { ReadConnection } from "../tables.ts";
import { serveCalls } from "./serve-calls.ts";
import { type Call, CLAIM, claim, type Reply, sendError, type ThreadStart } from "./thread-messages.ts";

// The thread that reads what may be long; started by DatabaseThread.
const { file, busyMs, claims } = workerData as ThreadStart; // what DatabaseThread gives
const connection = openConnection({ file, busyMs, use: "read" });
if (parentPort === null) throw new Error("This file runs in a thread");
serveCalls(parentPort, {
  atOnce: 1,
  runAll: (calls) => Promise.all(calls.map((call) => runList(connection.db, call))),
  close: () => connection[Symbol.dispose](),
});

async function runList(db: ReadConnection, { slot, name, input }: Call): Promise<Reply> {
  if (!claim(claims, slot, CLAIM.begun)) return { slot, kind: "withdrawn" };
  try {
    const list = LISTS[name as keyof typeof LISTS]; // the main thread's compiler has checked that name and input belong together
    return { slot, kind: "value", value: await list(db, input as never) };
  } catch (error) {
    return { slot, kind: "error", error: sendError(error) };
  }
}
