import { z } from "zod";
import type { ChannelKind, Notice } from "#model/alarm.ts";
import type { WayOut } from "../way-out.ts";
import { oneLine } from "./words.ts";

/** What a channel is handed beside the notice. */
export interface Sending {
  readonly way: WayOut;
  readonly signal: AbortSignal;
  readonly nowMs: number;
}

/** One way to tell people something. Knows its service's wire and nothing of alarms, retries or the database. */
export interface Channel {
  readonly kind: ChannelKind;
  /** Checks settings as they come from a person, each refusal a sentence; gives them with their defaults. */
  readonly settings: z.ZodType<Readonly<Record<string, unknown>>>;
  /** Settings that are sealed at rest and never shown. */
  readonly secrets: readonly string[];
  /** Resolves once the service has taken the notice. Throws `DeliveryError`, or the signal's reason. */
  send(notice: Notice, settings: unknown, sending: Sending): Promise<void>;
}

/** A notice that was not taken. The message is a sentence without secrets. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  /** Whether a later try of the same may do. */
  readonly retry: boolean;
  /** How long the receiver asks to be left alone, bounded; undefined when it says nothing. */
  readonly pauseMs: number | undefined;

  constructor(
    message: string,
    { retry, pauseMs, cause }: { readonly retry: boolean; readonly pauseMs?: number | undefined; readonly cause?: unknown },
  ) {
    super(message, { cause });
    this.retry = retry;
    this.pauseMs = pauseMs;
  }
}

interface ChannelParts<Settings extends Readonly<Record<string, unknown>>> {
  readonly kind: ChannelKind;
  readonly settings: z.ZodType<Settings>;
  readonly secrets: readonly (keyof Settings & string)[];
  deliver(notice: Notice, settings: Settings, sending: Sending): Promise<void>;
}

/** Makes a channel of its parts: settings are checked before they are used. */
export function channelOf<Settings extends Readonly<Record<string, unknown>>>(parts: ChannelParts<Settings>): Channel {
  return {
    kind: parts.kind,
    settings: parts.settings,
    secrets: parts.secrets,
    async send(notice, settings, sending) {
      sending.signal.throwIfAborted();
      const parsed = parts.settings.safeParse(settings);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        const where = issue?.path.join(".") ?? "";
        throw new DeliveryError(`The settings of this ${parts.kind} channel are wrong: ${where} ${issue?.message ?? ""}.`, {
          retry: false,
        });
      }
      await parts.deliver(notice, parsed.data, sending);
    },
  };
}

/** The settings as they may be shown: `***` for what is secret, and of a secret URL its host. */
export function shownSettings(channel: Channel, settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, channel.secrets.includes(name) && value !== undefined ? masked(value) : value]),
  );
}

function masked(value: unknown): string {
  const url = typeof value === "string" && /^https?:\/\//i.test(value) ? URL.parse(value) : null;
  return url === null ? "***" : `${url.protocol}//${url.host}/***`;
}

/** What a service said, as it may stand in a sentence: one line, short, and nothing of the secrets. */
export function quoted(text: string, secrets: readonly (string | undefined)[]): string {
  const hidden = secrets.reduce<string>((rest, secret) => (secret ? rest.replaceAll(secret, "***") : rest), text);
  return oneLine(hidden, 200);
}

const URL_SENTENCE = "must be an https:// or http:// URL with a host, and without a name or password in it";

/** A URL to call. */
export const targetUrl = z
  .string(URL_SENTENCE)
  .max(2048, URL_SENTENCE)
  .refine((text) => {
    const url = URL.parse(text);
    return url !== null && /^https?:\/\/[^/?#@]+([/?#]|$)/i.test(text) && url.username === "" && url.password === "";
  }, URL_SENTENCE);

/** A token as it stands in a header: printable ASCII without spaces. */
export function tokenText(sentence: string) {
  return z.string(sentence).regex(/^[\x21-\x7e]{1,512}$/, sentence);
}
