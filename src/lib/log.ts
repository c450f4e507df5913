import { type DestinationStream, pino } from "pino";
import { LineOutput } from "./line-output.ts";
import { logText } from "./log-text.ts";
import { redacted } from "./redacted.ts";
import { escapeUnprintable } from "./unprintable.ts";

/** Named facts of one event. An `Error` is written with its stack and its causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where events go: one line each, a message and named fields. Values of fields that are named like a secret, credentials in URLs
 * and `Authorization` values do not get through, wherever they stand.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogOptions {
  /** The least that is written; `silent` writes nothing. */
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  /** `json` for programs, `text` for people on a terminal. */
  readonly format: "json" | "text";
  /** Stands in each line: which of the processes that write to one output it comes from. */
  readonly worker?: number;
}

let standardOutput: LineOutput | undefined; // one for all logs of the process, so that their lines stay in order

/** Opens the log on standard output, or on `write`, which gets whole lines with their line feed. */
export function openLog({ level, format, worker }: LogOptions, write?: (line: string) => void): Log {
  // pino escapes what lies below U+0020 in strings; what else steers a terminal is as good JSON when it is escaped.
  const render = format === "json" ? (line: string) => escapeUnprintable(line, { lineFeeds: "kept" }) : logText;
  const lines: DestinationStream = write === undefined ? toStandardOutput(render, worker) : { write };
  const stream = { write: (line: string) => lines.write(render(line)) };
  const logger = pino(
    {
      level,
      base: worker === undefined ? null : { worker }, // machine and service are known to whatever collects the lines
      messageKey: "message",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  const at =
    (name: "debug" | "info" | "warn" | "error") =>
    (message: string, fields: LogFields = {}): void => {
      if (logger.isLevelEnabled(name)) logger[name](fieldsOf(fields), String(redacted(message)));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function toStandardOutput(render: (json: string) => string, worker: number | undefined): LineOutput {
  const sayDropped = (lines: number) => {
    const fields = {
      level: "warn",
      time: new Date().toISOString(),
      worker,
      lines,
      message: "lines of this log are missing here: nobody took them",
    };
    return render(`${JSON.stringify(fields)}\n`);
  };
  standardOutput ??= new LineOutput(1, sayDropped);
  return standardOutput;
}

// The names that a line has of itself: a field called so would be a second key of the same name.
const OWN = new Set(["level", "time", "message"]);

function fieldsOf(fields: LogFields): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) clean[OWN.has(name) ? `${name}_` : name] = redacted(value, name);
  }
  return clean;
}
