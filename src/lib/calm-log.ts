import type { Log, LogFields } from "./log.ts";

const WINDOW_MS = 60_000;
/** Lines of one kind within a window. */
const SHOWN = 3;
/** Kinds within a window; all others count as one. */
const KINDS = 100;
const DEPTH = 5;

interface Kind {
  readonly level: "warn" | "error";
  readonly message: string;
  count: number;
  last: LogFields;
}

/**
 * A log in which a fault that lasts makes few lines: of those that tell of the same error the first three within a minute are written, and
 * at the end of the minute one more with the last of them and how many there were (`times`). Lines without an error all get through, and so
 * does each request's own line, whatever became of it.
 */
export class CalmLog implements Log, Disposable {
  readonly #log: Log;
  readonly #kinds = new Map<string, Kind>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log.debug(message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log.info(message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#take("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#take("error", message, fields);
  }

  /** Writes what was held back so far, and begins a new minute. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { level, message, count, last } of this.#kinds.values()) {
      if (count > SHOWN) this.#log[level](message, { ...last, times: count, withinMs: WINDOW_MS });
    }
    this.#kinds.clear();
  }

  [Symbol.dispose](): void {
    this.flush();
  }

  #take(level: Kind["level"], message: string, fields: LogFields = {}): void {
    const signature = signatureOf(message, fields["error"]);
    if (signature === undefined) {
      this.#log[level](message, fields);
      return;
    }
    const isKnown = this.#kinds.has(signature) || this.#kinds.size < KINDS;
    const key = isKnown ? signature : "others";
    const kind = this.#kinds.get(key) ?? { level, message: isKnown ? message : "many different faults", count: 0, last: fields };
    this.#kinds.set(key, kind);
    kind.count += 1;
    kind.last = fields;
    if (kind.count <= SHOWN) this.#log[level](message, fields);
    this.#timer ??= setTimeout(() => this.flush(), WINDOW_MS).unref();
  }
}

/** The same for the same error at another file or for another request; undefined for a line that tells of no error. */
function signatureOf(message: string, error: unknown): string | undefined {
  if (error !== undefined) return `${withoutNames(message)} ${kindOfError(error)}`;
  const code = /\bE[A-Z]{3,12}\b/.exec(message)?.[0]; // a system's error within a sentence, with the path that it was about
  return code === undefined ? undefined : `${withoutNames(message)} ${code}`;
}

function kindOfError(error: unknown): string {
  const words: string[] = [];
  for (let each = error, depth = 0; each instanceof Error && depth < DEPTH; each = each.cause, depth += 1) {
    const { code, syscall, errcode } = each as { code?: unknown; syscall?: unknown; errcode?: unknown }; // some errors have them
    // A bug has no code: where it was thrown tells it from others.
    words.push(each.name, String(code ?? ""), String(syscall ?? ""), String(errcode ?? ""), code === undefined ? firstPlace(each) : "");
  }
  return words.length === 0 ? withoutNames(String(error)) : words.join(" ");
}

function firstPlace({ stack = "" }: Error): string {
  return /^\s+at .*$/m.exec(stack)?.[0].trim() ?? "";
}

function withoutNames(text: string): string {
  return text.slice(0, 1000).replace(/'[^']*'|"[^"]*"|\/\S+|[0-9a-f]{8,}|\d+/g, "*");
}
