import { ConfigError } from "#config/config-error.ts";
import { printable } from "./printable.ts";

/** Says on standard error why a command failed, one line for each reason, and returns its exit code. */
export function exitCodeOf(error: unknown, { stack }: { readonly stack: boolean }): number {
  const lines = error instanceof ConfigError ? error.message.split("\n") : [oneLine(error)];
  for (const line of lines) process.stderr.write(`holdfast: ${printable(line)}\n`);
  if (stack && error instanceof Error && error.stack !== undefined) process.stderr.write(`${error.stack}\n`);
  return 1;
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message || error.name : String(error)).replace(/\s*\n\s*/g, " ");
}

/** Lets `holdfast account list | head -1` end quietly: what nobody reads any more is not worth an error, and never ends a running hub. */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return;
      process.exitCode = 1; // a full disk behind `> file`: the result is not there
      process.exit();
    });
  }
}
