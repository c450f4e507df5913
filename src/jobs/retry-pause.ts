/** How long a piece waits after its attempt of that number, from 1, has failed: the first pause, doubled each time, up to the longest. */
export function retryPauseMs(attempts: number, { firstMs, mostMs }: { readonly firstMs: number; readonly mostMs: number }): number {
  return Math.min(mostMs, firstMs * 2 ** Math.max(0, attempts - 1));
}
