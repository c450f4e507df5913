/** Milliseconds that never jump and are the same in every process of this machine, unlike `performance.now()`. */
export function machineMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
