/**
 * Every way the hub says no. A new code fails each door's type check until that door has an answer for it.
 *
 * - `unauthenticated`  no credentials, or wrong ones
 * - `forbidden`        known, but not allowed here
 * - `append_only`      the role adds and never removes or replaces
 * - `not_found`        nothing there, or nothing that may be told
 * - `already_exists`   the place is taken by different bytes
 * - `invalid_input`    the request itself is wrong; the message says how to right it
 * - `hash_mismatch`    the bytes are not what their name or digest says
 * - `incomplete`       the body ended before its declared length, or the sender fell silent
 * - `too_large`        over a size limit that no retry will change
 * - `range_unsatisfiable`  the asked part does not exist; `sizeBytes` says how large the file is
 * - `quota_exceeded`   a quota would be passed
 * - `storage_full`     the disk, or its reserve, has no room
 * - `damaged`          stored bytes cannot be read or are not what they should be, or the disk fails
 * - `changed`          the file is no longer the one that was looked at
 * - `overloaded`       a bound on work in flight is reached; later will do
 * - `unavailable`      shutting down, in maintenance, or a part the hub needs does not answer
 */
export const HUB_ERROR_CODES = [
  "unauthenticated",
  "forbidden",
  "append_only",
  "not_found",
  "already_exists",
  "invalid_input",
  "hash_mismatch",
  "incomplete",
  "too_large",
  "range_unsatisfiable",
  "quota_exceeded",
  "storage_full",
  "damaged",
  "changed",
  "overloaded",
  "unavailable",
] as const;

export type HubErrorCode = (typeof HUB_ERROR_CODES)[number];

export interface HubErrorOptions extends ErrorOptions {
  /** Size of the file a `range_unsatisfiable` is about. */
  readonly sizeBytes?: number;
  /** Set when it is only for having asked too often: nothing was looked at, and after so long it will be. */
  readonly retryAfterMs?: number;
}

/**
 * A refusal that a caller is told about. `message` is one plain ASCII sentence of at most 80 characters: over HTTP/1.1 restic
 * prints it to the person as the reason phrase (spec/restic-rest.md section 0 row 9). It never holds a secret.
 */
export class HubError extends Error {
  override readonly name = "HubError";
  readonly code: HubErrorCode;
  readonly sizeBytes: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: HubErrorCode, message: string, options: HubErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.sizeBytes = options.sizeBytes;
    this.retryAfterMs = options.retryAfterMs;
  }
}
