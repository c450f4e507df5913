import { parentPort, workerData } from "node:worker_threads";
import { openConnection } from "../sqlite/open-connection.ts";
import { commitGroup } from "./commit-group.ts";
import { SameFile } from "./same-file.ts";
import { serveCalls } from "./serve-calls.ts";
import type { ThreadStart } from "./thread-messages.ts";

// The thread that changes the database; started by DatabaseThread.
const { file, busyMs, claims } = workerData as ThreadStart; // what DatabaseThread gives
const connection = openConnection({ file, busyMs, use: "write" });
const sameFile = new SameFile(file);
if (parentPort === null) throw new Error("This file runs in a thread");
serveCalls(parentPort, {
  atOnce: Number.POSITIVE_INFINITY, // the queue is bounded where it begins
  runAll: (calls) => commitGroup(connection, { claims, sameFile }, calls),
  close: () => connection[Symbol.dispose](),
});
