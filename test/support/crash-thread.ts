import { readFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { isMainThread } from "node:worker_threads";

// Loaded before everything else in each process and thread of a hub (`--import` in NODE_OPTIONS): the thread that changes the database ends
// instead of a commit while the file that HOLDFAST_TEST_CRASH_FILE names is there. With `once` in it the file goes with the first.
const file = process.env["HOLDFAST_TEST_CRASH_FILE"] ?? "";
if (!isMainThread && process.argv[1]?.endsWith("/write-thread.ts") === true) {
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    if (sql !== "COMMIT" || !isDue()) return exec.call(this, sql);
    process.exit(3); // of a thread: it ends where it stands
  };
}

/** Of several threads that look at once only the one that has taken the file away crashes. */
function isDue(): boolean {
  try {
    if (readFileSync(file, "utf8") === "once") rmSync(file);
    return true;
  } catch {
    return false;
  }
}
