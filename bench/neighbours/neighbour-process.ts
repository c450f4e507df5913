import { createInterface } from "node:readline";
import { NEIGHBOURS, type NeighbourKind, type NeighbourTarget } from "./bad-neighbours.ts";

// Its first line of input says whom to bother and how; it says "ready" when it does, and stops when its input ends.
const stop = new AbortController();
const lines = createInterface({ input: process.stdin });
lines.once("line", (line) => {
  const { kind, target } = JSON.parse(line) as { readonly kind: NeighbourKind; readonly target: NeighbourTarget }; // from neighbours.ts
  void NEIGHBOURS[kind](target, () => process.stdout.write("ready\n"), stop.signal).then(() => process.exit(0));
});
lines.once("close", () => {
  stop.abort();
  setTimeout(() => process.exit(0), 500);
});
