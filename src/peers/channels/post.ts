import { safeFetch } from "../safe-fetch.ts";
import { WayOutError } from "../way-out.ts";
import { DeliveryError, quoted, type Sending } from "./channel.ts";

export interface Posting {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** What must not stand in an error, although the service may say it. */
  readonly secrets: readonly (string | undefined)[];
}

/** Statuses that mean "later", beside those from 500 on. */
const LATER = new Set([408, 425, 429]);
/** Where services say in words what was wrong: Telegram, Discord, Gotify and ntfy in this order. */
const WORDS = ["description", "message", "errorDescription", "error"];

/** Posts JSON to a service. Resolves for 2xx; throws `DeliveryError` for everything else, or the signal's reason. */
export async function postJson({ way, signal, nowMs }: Sending, { url, headers, body, secrets }: Posting): Promise<void> {
  try {
    const request = { method: "POST", url, headers: { "content-type": "application/json", ...headers }, body } as const;
    const answer = await safeFetch(way, request, signal);
    if (answer.status >= 200 && answer.status < 300) return;
    const host = URL.parse(url)?.host;
    if (answer.status >= 300 && answer.status < 400) {
      throw new DeliveryError(`${host} leads elsewhere (${answer.status}); set the address that it leads to.`, { retry: false });
    }
    const said = parseAnswer(answer.body);
    const words = said.words === undefined ? "" : `: ${quoted(said.words, [...secrets, ...partsOf(url)])}`;
    const asked = pauseOf(answer.headers["retry-after"], nowMs) ?? said.pauseMs;
    throw new DeliveryError(`${host} answered ${answer.status}${words}`, {
      retry: answer.status >= 500 || LATER.has(answer.status),
      pauseMs: asked === undefined ? undefined : Math.min(Math.max(asked, 0), way.limits.outgoingPauseMs),
    });
  } catch (error) {
    throw deliveryError(error);
  }
}

/** What of a URL may be a token: the segments of its path and the values of its query. */
function partsOf(text: string): string[] {
  const url = URL.parse(text);
  const parts = url === null ? [] : [...url.pathname.split("/"), ...url.searchParams.values()];
  return parts.filter((part) => part.length >= 6); // shorter ones are words such as "api"
}

/** A call that came to nothing, as a delivery: a wrong target will be as wrong later. Other errors as they are. */
export function deliveryError(error: unknown): unknown {
  if (!(error instanceof WayOutError)) return error;
  return new DeliveryError(error.message, { retry: error.problem !== "bad_target" && error.problem !== "refused", cause: error });
}

/**
 * Words and pause in a service's answer. Only fields that are meant for people are read: of a host in the private network that is no such
 * service nothing is shown. Slack says a word such as `no_service` and no JSON.
 */
function parseAnswer(body: Buffer): { readonly words?: string; readonly pauseMs?: number } {
  const text = body.toString("utf8");
  if (/^[a-z_]{1,64}$/.test(text)) return { words: text };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  const fields = new Map(Object.entries(value));
  const words = WORDS.map((name) => fields.get(name)).find((word) => typeof word === "string");
  const parameters: unknown = fields.get("parameters"); // Telegram's; Discord has it at the top
  const seconds =
    fields.get("retry_after") ??
    (typeof parameters === "object" && parameters !== null ? new Map(Object.entries(parameters)).get("retry_after") : undefined);
  return {
    ...(words === undefined ? {} : { words }),
    ...(typeof seconds === "number" && Number.isFinite(seconds) ? { pauseMs: Math.ceil(seconds * 1000) } : {}),
  };
}

/** RFC 9110 10.2.3: seconds or a date. */
function pauseOf(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : atMs - nowMs;
}
