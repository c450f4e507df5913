import type { ChildProcess } from "node:child_process";
import type { MessageWire } from "#events/hub-line.ts";

/** A line over the channel between a process and the child that it has forked. */
export function processWire(other: ChildProcess | NodeJS.Process): MessageWire {
  return {
    send: (message) => {
      if (other.connected) other.send?.(message as object, undefined, undefined, () => undefined); // a channel that breaks says so by its end
    },
    onMessage: (take) => void other.on("message", take),
    onEnd: (ended) => void other.on("disconnect", ended),
  };
}
