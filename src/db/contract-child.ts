import { OPERATOR } from "#model/actor.ts";
import { type DatabaseOptions, openDatabase } from "./database.ts";

// A process of its own for the contract's tests: `contract-child.ts <options as JSON> <task>`. It prints a line for each thing done.
const [optionsText = "", task] = process.argv.slice(2);
const options = JSON.parse(optionsText) as DatabaseOptions; // the tests wrote it
const database = await openDatabase(options);
const remember = (path: string) => database.write("rememberRepository", { path, home: "main", nowMs: 1, by: OPERATOR });

if (task === "write") {
  await remember("/child/");
} else if (task === "write and leave open") {
  await remember("/child/");
  await database.list("listRepositories", { limit: 1 });
  await database.accessVersion();
} else if (task === "write until killed") {
  const writeOn = async (worker: number) => {
    for (let count = 0; ; count += 1) {
      const { path } = await remember(`/child/${worker}/${count}/`);
      process.stdout.write(`${path}\n`); // a pipe on Linux takes it before this returns
    }
  };
  await Promise.all([1, 2, 3, 4].map(writeOn));
}
if (task !== "write and leave open") await database[Symbol.asyncDispose]();
process.stdout.write("done\n");
