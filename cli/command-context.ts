import type { Config } from "#config.ts";
import { printable, printableJson } from "./printable.ts";
import { table } from "./table.ts";

/** What each command is handed besides its own arguments. */
export class CommandContext {
  /** Whether the caller asked for `--json`: one JSON value on standard output and nothing else there. */
  readonly json: boolean;
  /** Ends work that takes too long. */
  readonly signal: AbortSignal;
  /** The configuration in force. Throws `ConfigError`. */
  readonly loadConfig: () => Config;

  constructor({ json, signal, loadConfig }: Pick<CommandContext, "json" | "signal" | "loadConfig">) {
    this.json = json;
    this.signal = signal;
    this.loadConfig = loadConfig;
  }

  /** Writes `value` for scripts, or `lines` for people. */
  show(value: unknown, lines: readonly string[]): void {
    process.stdout.write(this.json ? printableJson(value) : `${lines.map(printable).join("\n")}\n`);
  }

  /** Writes `values` for scripts, or a table of `rows` for people; of none at all it only says `empty`, and that not among the results. */
  showTable(values: unknown, { headings, rows, empty }: TableOf): void {
    if (this.json) process.stdout.write(printableJson(values));
    else if (rows.length === 0) process.stderr.write(`${empty}\n`);
    else process.stdout.write(table(headings, rows));
  }
}

interface TableOf {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** A sentence. */
  readonly empty: string;
}

/** Runs one command; resolves to its exit code, or to nothing for 0. */
export type Command<Input> = (context: CommandContext, input: Input) => Promise<number | undefined>;
