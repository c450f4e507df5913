import type { Command } from "../command-context.ts";

/** Runs a command with its input. Each is loaded when it runs, so that none waits for what only another needs. */
export type Run = <Input>(load: () => Promise<Command<Input>>, input: Input) => Promise<void>;
