/**
 * How long a hold lasts.
 *
 * - `fixed`    nothing there may go before `untilMs`
 * - `rolling`  nothing there may go until it has lain here for `minAgeMs`
 */
export type HoldTerm = { readonly kind: "fixed"; readonly untilMs: number } | { readonly kind: "rolling"; readonly minAgeMs: number };

/**
 * A time before which nothing at a path and below it may be removed, by anybody. It is never changed: a longer one is added beside it,
 * a shorter one needs this one lifted.
 */
export interface Hold {
  readonly id: number;
  /** Like a repository's: `/` or `/laptop/photos/`. */
  readonly path: string;
  readonly term: HoldTerm;
  /** For people; the refusal shows its beginning. */
  readonly reason: string;
  readonly createdAtMs: number;
}

/** Whom a clean-up window is opened for: one login, or every login of an account. */
export type WindowOwner = { readonly kind: "login" | "account"; readonly name: string };

/** The time in which somebody may remove at a path and below it who otherwise may not. A person opens it, by name. */
export interface CleanupWindow {
  readonly id: number;
  readonly owner: WindowOwner;
  readonly path: string;
  readonly reason: string;
  /** [opensAtMs, closesAtMs) */
  readonly opensAtMs: number;
  readonly closesAtMs: number;
}

/** Everything people have set that decides about removals in one repository, whoever asks. */
export interface RemovalSettings {
  /** Those on its path and above. */
  readonly holds: readonly Hold[];
  /** Those on its path and above, over or not. */
  readonly windows: readonly CleanupWindow[];
  /** It is marked: also those who have the right may remove only while a window is open for them. */
  readonly cleanupOnly: boolean;
}
