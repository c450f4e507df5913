/** Calls `look` every `everyMs`, never twice at once, until it is disposed. An error is for the next look to mend: a database that is away comes back. */
export function pollOperations(everyMs: number, look: () => unknown): Disposable {
  let isLooking = false;
  const timer = setInterval(async () => {
    if (isLooking) return;
    isLooking = true;
    try {
      await look();
    } catch {
      // Whoever reads the timeline itself is told.
    } finally {
      isLooking = false;
    }
  }, everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
