import { availableParallelism, totalmem } from "node:os";

const MOST = 4;
const BYTES_EACH = 1024 ** 3;

/** What a machine, or the part of it that this process may use, has. */
export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** How many processes serve unless somebody says otherwise: one for each core, at most one for each GiB of memory, at most four, at least one. */
export function defaultWorkers({ cores, memoryBytes }: Machine = thisMachine()): number {
  return Math.max(1, Math.min(cores, Math.floor(memoryBytes / BYTES_EACH), MOST));
}

/** Of a container it is what the container is given. */
function thisMachine(): Machine {
  const boundBytes = process.constrainedMemory(); // 0, or more than there is, without a bound
  const memoryBytes = boundBytes > 0 ? Math.min(boundBytes, totalmem()) : totalmem();
  return { cores: availableParallelism(), memoryBytes };
}
