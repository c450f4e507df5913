/** One step of a modelled disk: a call, counted from 0. */
export interface MemoryStep {
  readonly index: number;
  readonly call: MemoryCall;
  readonly path: string;
}

/** What can be called on a disk; the names of `Disk`'s methods. */
export type MemoryCall =
  | "openToRead"
  | "createFile"
  | "read"
  | "write"
  | "statOpen"
  | "setMode"
  | "syncFile"
  | "close"
  | "stat"
  | "link"
  | "rename"
  | "renameToAbsent"
  | "unlink"
  | "makeFolder"
  | "removeFolder"
  | "syncFolder"
  | "readFolder"
  | "space";

/**
 * What goes wrong with a step.
 *
 * - `fail-before`  it does not happen
 * - `fail-after`   it happens, and the caller is told that it failed
 * - `short`        a read or write moves half of the bytes; a read of one byte none
 * - `hang`         nothing happens until `signal` aborts; then it fails with its reason
 * - `power-cut`    it does not happen, and nothing does afterwards
 */
export type MemoryFault =
  | { readonly kind: "fail-before" | "fail-after"; readonly error: Error }
  | { readonly kind: "short" }
  | { readonly kind: "hang"; readonly signal: AbortSignal }
  | { readonly kind: "power-cut" };

/** Chooses what goes wrong with a step; undefined when nothing does. */
export type FaultPlan = (step: MemoryStep) => MemoryFault | undefined;

/** An error like those of the system's calls. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: from a modelled disk`), { code });
}

/** Resolves never: throws the signal's reason when it aborts. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  if (signal.aborted) resolve();
  await promise;
  signal.throwIfAborted();
}
