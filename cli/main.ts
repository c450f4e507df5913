import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Types are stripped and code is compiled once, not with every call: 0.5 s become less than 0.2 s. Inside node_modules, so that
// nothing is left in the system's temporary folder and a new installation starts afresh. A folder that cannot be written is fine.
// Threads of this process (the database has two) look for the folder in the environment.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../node_modules/.cache/holdfast", import.meta.url));
enableCompileCache();

// Later than the call above, which only helps what is imported after it.
const isWorker = process.argv[2] === "worker" && process.connected;
process.exitCode = isWorker ? await runAsWorker() : await (await import("./program.ts")).runProgram(process.argv.slice(2));

/** One of the processes that serve for a hub which has started them. */
async function runAsWorker(): Promise<number> {
  const [{ runWorker }, { surviveClosedPipes }] = await Promise.all([import("#workers/worker.ts"), import("./exit-code.ts")]);
  surviveClosedPipes();
  return await runWorker();
}
