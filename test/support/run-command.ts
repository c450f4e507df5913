import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after } from "node:test";
import { runProgram, testEnvironment } from "../clients/run-program.ts";
import type { CommandResult, CommandRun } from "./command-host.ts";

const MAIN = join(import.meta.dirname, "../../cli/main.ts");
const HOST = join(import.meta.dirname, "command-host.ts");
const COMMAND_MS = 30_000;

let host: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `holdfast <args>` and resolves to what it said, whatever its exit code. All commands of a test file share one process: to start
 * one takes ten times as long as what most of them do. One that reads its standard input, or is meant to be a process, has its own.
 */
export async function runCommand(
  run: CommandRun & { readonly stdin?: string | undefined; readonly alone?: boolean },
): Promise<CommandResult> {
  const { stdin, alone = stdin !== undefined, ...command } = run;
  if (alone) {
    const args = [MAIN, ...command.args];
    return await runProgram({ program: process.execPath, args, cwd: command.cwd, env: command.env, stdin, timeoutMs: COMMAND_MS });
  }
  const answer = last.then(async () => await ask(command));
  last = answer.catch(() => undefined);
  return await answer;
}

async function ask(command: CommandRun): Promise<CommandResult> {
  host ??= open();
  host.send(command);
  const [answer] = await once(host, "message", { signal: AbortSignal.timeout(COMMAND_MS) });
  return answer as CommandResult; // from the host
}

function open(): ChildProcess {
  return fork(HOST, { env: testEnvironment(), stdio: ["ignore", "inherit", "inherit", "ipc"], execArgv: [] });
}

after(async () => {
  if (host === undefined) return;
  const closed = once(host, "close");
  host.kill("SIGKILL");
  await closed;
});
