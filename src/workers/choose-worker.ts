/** What counts when a connection is to be handed over. */
export interface Candidate {
  readonly connections: number;
  /** It owes an answer, or what was handed to it a moment ago did not reach it. */
  readonly isInTrouble: boolean;
}

/** The one that has the fewest connections; one in trouble only where no other has room. Undefined where none has room for another. */
export function chooseWorker<Worker extends Candidate>(
  workers: readonly Worker[],
  { mostConnections }: { readonly mostConnections: number },
): Worker | undefined {
  const withRoom = workers.filter(({ connections }) => connections < mostConnections);
  const well = withRoom.filter(({ isInTrouble }) => !isInTrouble);
  return (well.length > 0 ? well : withRoom).reduce<Worker | undefined>(
    (least, worker) => (least === undefined || worker.connections < least.connections ? worker : least),
    undefined,
  );
}

/** For files, databases and whatever else a worker has open besides its clients. */
const KEPT_FREE = 96;
const LEAST = 8;

/** How many connections one worker gets: each of them may need a file as well. */
export function mostConnections({ descriptors }: { readonly descriptors: number }): number {
  return Math.max(LEAST, Math.floor((descriptors - KEPT_FREE) / 2));
}
