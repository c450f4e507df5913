import type { MessageWire } from "#events/hub-line.ts";

/** One end of the channel between two processes: a child, or `process` itself. */
export interface ChannelEnd {
  readonly connected: boolean;
  send?: ((message: object, handle: undefined, options: undefined, sent: (error: Error | null) => void) => boolean) | undefined;
  on(event: "message", take: (message: unknown) => void): unknown;
  once(event: "disconnect", ended: () => void): unknown;
}

/** Sends without waiting. What cannot be sent is lost: the other end has gone, and its end is told in its own way. */
export function sendTo(end: ChannelEnd, message: object): void {
  if (end.connected) end.send?.(message, undefined, undefined, () => undefined); // without a callback a failure would be an "error"
}

/** The part of the channel that belongs to the line between the rooms of both processes. `isStuck` as in `MessageWire`. */
export function lineWire(end: ChannelEnd, isStuck: () => boolean): MessageWire {
  return {
    isStuck,
    send: (message) => sendTo(end, { kind: "line", message }),
    onMessage: (take) =>
      void end.on("message", (sent) => {
        const { kind, message } = sent as { readonly kind?: unknown; readonly message?: unknown }; // both ends send objects only
        if (kind === "line") take(message);
      }),
    onEnd: (ended) => void end.once("disconnect", ended),
  };
}
