import changeable, * as fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { filePath } from "../file-path.ts";
import { NodeDisk } from "./node-disk.ts";

const STANDSTILL_MS = 500;

// A process that publishes a file where there are no hard links, and stands still between its look at the name and what follows. Says
// `looked` then, and at the end how it ended.
const [root = "", from = "", to = ""] = process.argv.slice(2);
const look = changeable.lstatSync;
changeable.lstatSync = Object.assign((...args: Parameters<typeof look>) => {
  const seen = look(...args);
  fs.writeSync(1, "looked\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STANDSTILL_MS);
  return seen;
}, look) as typeof look;
syncBuiltinESMExports();

try {
  await new NodeDisk(root, { quick: true }).renameToAbsent(filePath(from), filePath(to));
  fs.writeSync(1, "taken\n");
} catch (error) {
  fs.writeSync(1, `${(error as NodeJS.ErrnoException).code}\n`);
}
