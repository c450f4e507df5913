import assert from "node:assert/strict";
import { HubError, type HubErrorCode } from "#model/hub-error.ts";
import type { DatabaseOptions } from "./database.ts";

/** What the contract's suites need to know of an engine. */
export interface ContractEngine {
  readonly name: string;
  /** Why its tests cannot run here. */
  readonly skip: string | undefined;
  /** How late a change made by another process may show. */
  readonly accessDelayMs: number;
  makePlace(): Promise<ContractPlace>;
}

/** Room for one database that is not there yet; it goes with its scope. */
export interface ContractPlace extends AsyncDisposable {
  readonly options: DatabaseOptions;
  /** Runs a statement that knows nothing of us, on a connection of its own. */
  execute(sql: string): Promise<void>;
}

/** Asserts a refusal of that code whose message fits into a reason phrase of HTTP and names what it is about. */
export async function assertRefusal(promise: Promise<unknown>, code: HubErrorCode, message: RegExp): Promise<void> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HubError, `no refusal, but ${String(error)}`);
  assert.equal(error.code, code);
  assert.match(error.message, message);
  assert.match(error.message, /^[\x20-\x7e]{1,80}$/);
}
