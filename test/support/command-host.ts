import { runProgram } from "../../cli/program.ts";

/** One command line that the host is to run. */
export interface CommandRun {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What it said, and its exit code. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

type Write = typeof process.stdout.write;

/** Runs the command lines that its parent sends, one after another, each as if the process were its own. */
async function run({ args, cwd, env }: CommandRun): Promise<CommandResult> {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exitCode = undefined;
  const said = { stdout: "", stderr: "" };
  const streams = [process.stdout, process.stderr];
  const listeners = streams.map((stream) => stream.listeners("error"));
  const { write: stdoutWrite } = process.stdout;
  const { write: stderrWrite } = process.stderr;
  process.stdout.write = into("stdout");
  process.stderr.write = into("stderr");
  try {
    const code = await runProgram(args);
    return { ...said, code: Number(process.exitCode ?? code) };
  } finally {
    process.stdout.write = stdoutWrite;
    process.stderr.write = stderrWrite;
    // A process of its own would take what the program listens to with it.
    for (const [index, stream] of streams.entries()) {
      for (const one of stream.listeners("error")) if (!listeners[index]?.includes(one)) stream.off("error", one as () => void);
    }
  }

  function into(stream: "stdout" | "stderr"): Write {
    return ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      said[stream] += Buffer.from(chunk as Uint8Array).toString(); // Buffer takes text as well
      const done = rest.find((one) => typeof one === "function");
      if (typeof done === "function") done();
      return true;
    }) as Write; // with fewer overloads
  }
}

process.on("message", async (asked: CommandRun) => process.send?.(await run(asked)));
