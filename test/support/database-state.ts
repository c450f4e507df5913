import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";

/** What happens by itself, or tells of what happened: the timeline, beats, the hub's own clock, where from and when somebody signed in. */
const OWN_LIFE: ReadonlySet<string> = new Set([
  "operation",
  "operation_change",
  "operation_process",
  "proven_pair",
  "hub_clock",
  "quota_process",
  "due_work",
  "due_work_process",
  "repository_use", // counted in the background, when somebody who may asked for it
]);
const NOTES = ["last_used_at_ms", "last_used_address"];

/** By table, or by path, a digest of what is there. */
export type State = Readonly<Record<string, string>>;

/**
 * A look, beside the hub, at everything its SQLite file holds that a refused request must leave alone: every table, those of later
 * migrations too, but for what happens by itself. Looking is free while nobody writes.
 */
export class DatabaseState implements Disposable {
  readonly #connection: DatabaseSync;
  readonly #version;
  #seen: unknown;
  #state: State = {};

  constructor(file: string) {
    this.#connection = new DatabaseSync(file, { readOnly: true });
    // Changes when, and only when, another connection has committed something.
    this.#version = this.#connection.prepare("PRAGMA data_version");
  }

  read(): State {
    const version = this.#version.get()?.["data_version"];
    if (version !== this.#seen) this.#state = this.#digests();
    this.#seen = version;
    return this.#state;
  }

  /** The ids of all rows of a table that have this word in them, but for those of an account of that name. */
  idsOf(table: string, { word, but }: { readonly word: string; readonly but: string }): readonly number[] {
    return this.#connection
      .prepare(`SELECT * FROM "${table}"`)
      .all()
      .filter((row) => JSON.stringify(row).includes(word) && row["account"] !== but)
      .map(({ id }) => Number(id));
  }

  #tables(): string[] {
    return this.#connection
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .all()
      .map(({ name }) => String(name));
  }

  #digests(): State {
    const names = this.#tables().filter((name) => !OWN_LIFE.has(name) && !name.startsWith("sqlite_"));
    return Object.fromEntries(names.map((name) => [name, this.#digestOf(name)]));
  }

  #digestOf(table: string): string {
    const rows = this.#connection.prepare(`SELECT * FROM "${table}"`).all();
    for (const row of rows) for (const note of NOTES) delete row[note];
    const lines = rows.map((row) => JSON.stringify(row)).sort();
    return createHash("sha256").update(lines.join("\n")).digest("hex");
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

/** What differs between two states, one name each. */
export function changesBetween(before: State, after: State): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]).sort();
}
