import { statSync } from "node:fs";
import { HubError } from "#model/hub-error.ts";

/**
 * Looks whether a path still leads to the file that it led to at the beginning. A database that was moved away, deleted or replaced takes
 * changes all the same, into a file that nobody will find again.
 */
export class SameFile {
  readonly #path: string;
  readonly #identity: string;

  constructor(path: string) {
    this.#path = path;
    this.#identity = identityOf(path) ?? "";
  }

  /** Throws `unavailable` while another file lies there, or none. */
  require(): void {
    if (identityOf(this.#path) !== this.#identity) {
      throw new HubError("unavailable", "The database file was moved or replaced; put it back or restart the hub");
    }
  }
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}
