import type { ChannelSettings } from "#model/alarm-channel.ts";
import type { ChannelWay } from "./alarm-core.ts";

/** What is known of a try that failed. */
export interface SendFailure {
  /** Whether another try may help. */
  readonly retry: boolean;
  /** The pause that the receiver has asked for. */
  readonly pauseMs: number | undefined;
  /** One sentence for a person, without secrets. */
  readonly sentence: string;
}

// A shorter one could be part of any word; it is no secret worth the name.
const SHORTEST_SECRET = 4;

/**
 * Reads what a channel has thrown: `retry` (true or false) and `pauseMs`, each where it is there. An error without `retry` is a bug or a
 * deadline: it may pass, and its message is not shown, because nobody has promised that it holds no secret.
 */
export function readSendFailure(error: unknown, settings: ChannelSettings, { secretNames }: Pick<ChannelWay, "secretNames">): SendFailure {
  const { retry, pauseMs } = (typeof error === "object" && error !== null ? error : {}) as {
    readonly retry?: unknown; // each is looked at before it is believed
    readonly pauseMs?: unknown;
  };
  if (isTimeout(error)) return { retry: true, pauseMs: undefined, sentence: "The receiver did not answer in time" };
  if (!(error instanceof Error) || typeof retry !== "boolean") {
    return { retry: true, pauseMs: undefined, sentence: "Sending failed unexpectedly" };
  }
  const asked = typeof pauseMs === "number" && Number.isFinite(pauseMs) && pauseMs >= 0 ? pauseMs : undefined;
  return { retry, pauseMs: asked, sentence: withoutSecrets(error.message, settings, secretNames) };
}

/** What a log may have of any error: where it comes from, without its message. */
export function traceOf(error: unknown): { readonly type: string; readonly trace: string } {
  if (!(error instanceof Error)) return { type: typeof error, trace: "" };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { type: error.name, trace: frames.slice(0, 10).join("\n") };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

function withoutSecrets(text: string, settings: ChannelSettings, secretNames: readonly string[]): string {
  let shown = text;
  for (const name of secretNames) {
    for (const secret of [settings[name] ?? []].flat()) {
      for (const form of typeof secret === "string" ? [secret, encodeURIComponent(secret)] : []) {
        if (form.length >= SHORTEST_SECRET) shown = shown.replaceAll(form, "***");
      }
    }
  }
  return shown;
}
