import { UsageError } from "./usage-error.ts";

/** A bench: takes the arguments behind its name, prints what it has measured. */
export type Bench = (args: readonly string[]) => Promise<void>;

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  "small-requests": async () => (await import("./small-requests.ts")).smallRequests,
  restic: async () => (await import("./restic/main.ts")).benchRestic,
  operations: async () => (await import("./operations.ts")).benchOperations,
  neighbours: async () => (await import("./neighbours.ts")).neighbours,
};

const [name = "", ...args] = process.argv.slice(2);
const load = BENCHES[name];
if (load === undefined) {
  process.stderr.write(`Usage: npm run bench -- NAME [options]; there are: ${Object.keys(BENCHES).join(", ")}\n`);
  process.exitCode = 2;
} else {
  try {
    await (await load())(args);
  } catch (error) {
    const isUsage =
      error instanceof UsageError || (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"));
    if (!isUsage) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
