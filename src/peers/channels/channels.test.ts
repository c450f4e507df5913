import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { inspect } from "node:util";
import { DEFAULT_LIMITS } from "#limits.ts";
import { CHANNEL_KINDS, type ChannelKind, type Notice } from "#model/alarm.ts";
import { reachOf } from "../reach.ts";
import { DeliveryError, type Sending, shownSettings } from "./channel.ts";
import { CHANNELS } from "./channels.ts";

const NOW = Date.UTC(2026, 10, 22, 3, 0, 0);
const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

const notice: Notice = {
  id: "notice-1",
  kind: "alarm",
  atMs: NOW - 1000,
  title: "laptop is late",
  text: "Nothing has come\nsince yesterday.",
  alarm: { id: 4, kind: "silence", subject: "thing 12" },
  url: "https://hub.example/things/12",
};

/** Names as somebody hostile would choose them. */
const hostile: Notice = {
  ...notice,
  title: "@everyone <!channel> <b>x</b>\r\nBcc: all@example.org \u202egnp.exe",
  text: "[click](https://evil.example) **bold** <@123> `code` &amp; <https://evil.example|ok> \u0000\u001b[2J\u2066 \ud800 @here",
};

interface Recorded {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** A server that keeps what comes, and answers as it is told. */
async function recorder(answer: { status: number; headers?: Record<string, string>; body?: string } = { status: 200 }) {
  const seen: Recorded[] = [];
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await Array.fromAsync(request)).toString();
    seen.push({ url: request.url, headers: request.headers, text, body: JSON.parse(text) });
    response.writeHead(answer.status, answer.headers).end(answer.body ?? "{}");
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
  return { seen, url, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

const sending: Sending = {
  way: { reach: reachOf(["loopback"]), resolve: async () => ["127.0.0.1"], limits: DEFAULT_LIMITS },
  signal: new AbortController().signal,
  nowMs: NOW,
};

const OVER_HTTP = CHANNEL_KINDS.filter((kind) => kind !== "smtp");

function settingsFor(kind: ChannelKind, url: string): Record<string, unknown> {
  const settings: Record<Exclude<ChannelKind, "smtp">, Record<string, unknown>> = {
    webhook: { url: `${url}/in?token=hunter2`, secret: SECRET },
    ntfy: { server: url, topic: "hunter2", token: "tk_hunter2" },
    discord: { url: `${url}/api/webhooks/1/hunter2` },
    slack: { url: `${url}/services/hunter2` },
    telegram: { server: url, token: "123:hunter2", chat: "-100" },
    gotify: { server: `${url}/sub/`, token: "hunter2" },
  };
  return kind === "smtp" ? {} : settings[kind];
}

async function sent(kind: ChannelKind, what: Notice = notice): Promise<Recorded> {
  await using server = await recorder();
  await CHANNELS[kind].send(what, settingsFor(kind, server.url), sending);
  const [first, ...more] = server.seen;
  assert.ok(first !== undefined && more.length === 0);
  return first;
}

test("a webhook is signed over id, time and body, and can be verified by its secret", async () => {
  const { url, headers, text, body } = await sent("webhook");
  assert.equal(url, "/in?token=hunter2");
  assert.equal(headers["webhook-id"], "notice-1");
  assert.equal(headers["webhook-timestamp"], `${NOW / 1000}`);
  const signed = createHmac("sha256", Buffer.alloc(32, 7))
    .update(`notice-1.${NOW / 1000}.${text}`)
    .digest("base64");
  assert.equal(headers["webhook-signature"], `v1,${signed}`);
  assert.equal(headers["content-type"], "application/json");
  const data = { id: notice.id, title: notice.title, text: notice.text, alarm: notice.alarm, url: notice.url };
  assert.deepEqual(body, { type: "holdfast.alarm", timestamp: "2026-11-22T02:59:59.000Z", data });
});

test("a webhook hands names on as they are, because JSON can", async () => {
  const { body } = await sent("webhook", { ...hostile, text: "\u202e<b>" });
  assert.deepEqual((body["data"] as Record<string, unknown>)["text"], "\u202e<b>");
});

test("ntfy gets JSON at its root, its token in a header", async () => {
  const { url, headers, body } = await sent("ntfy");
  assert.deepEqual([url, headers.authorization], ["/", "Bearer tk_hunter2"]);
  assert.deepEqual(body, { topic: "hunter2", title: notice.title, message: notice.text, priority: 4, click: notice.url });
});

test("gotify gets plain text below its own path, its token in a header", async () => {
  const { url, headers, body } = await sent("gotify");
  assert.deepEqual([url, headers["x-gotify-key"], body["message"], body["priority"]], ["/sub/message", "hunter2", notice.text, 8]);
  assert.match(JSON.stringify(body["extras"]), /text\/plain.*hub\.example/);
});

test("a name mentions nobody on Discord, and is no link and no markup", async () => {
  const { url, body } = await sent("discord", hostile);
  assert.equal(url, "/api/webhooks/1/hunter2");
  assert.deepEqual(body["allowed_mentions"], { parse: [] });
  const [embed] = body["embeds"] as Record<string, string>[];
  assert.match(embed?.["title"] ?? "", /^\\@everyone \\<\\!channel\\> \\<b\\>x\\<\\\/b\\> Bcc\\: all\\@example\\.org \\\\u202egnp\\\.exe$/);
  assert.doesNotMatch((embed?.["description"] ?? "").replace(/\\./g, ""), /[[\]()*<>`@:\p{Bidi_Control}\0]/u);
  assert.deepEqual([embed?.["url"], embed?.["timestamp"]], [notice.url, "2026-11-22T02:59:59.000Z"]);
});

test("a name is no command of Slack's", async () => {
  const { body } = await sent("slack", hostile);
  const text = String(body["text"]);
  assert.doesNotMatch(text, /[<>]|@(?!\u2060)|&(?!amp;|lt;|gt;)|\p{Bidi_Control}|\0/u);
  assert.match(text, /&lt;!channel&gt;.*\n.*&amp;amp;/);
  assert.ok(text.endsWith("\nhttps://hub.example/things/12"));
  assert.deepEqual([body["mrkdwn"], body["parse"], body["link_names"]], [false, "none", false]);
});

test("a name is no HTML of Telegram's and calls nobody, and the token stands in the path alone", async () => {
  const { url, text: all, body } = await sent("telegram", hostile);
  assert.equal(url, "/bot123:hunter2/sendMessage");
  assert.doesNotMatch(all, /hunter2/);
  const text = String(body["text"]);
  assert.match(text, /^<b>@\u2060everyone &lt;!channel&gt; &lt;b&gt;x/);
  assert.doesNotMatch(text.replace(/^<b>|<\/b>\n/g, ""), /[<>]|@(?!\u2060)|&(?!amp;|lt;|gt;|quot;)/);
  assert.deepEqual([body["chat_id"], body["parse_mode"]], ["-100", "HTML"]);
});

test("texts that are too long are cut within each service's bounds, never inside an escape or a character", async () => {
  for (const character of ["*", "<", "😀", "&", "x", "@"]) {
    const long = { ...notice, title: character.repeat(1024), text: character.repeat(20_000) };
    const [embed] = (await sent("discord", long)).body["embeds"] as Record<string, string>[];
    assert.ok((embed?.["title"]?.length ?? 999) <= 256 && (embed?.["description"]?.length ?? 9999) <= 4096);
    const ntfyMessage = String((await sent("ntfy", long)).body["message"]);
    assert.ok(Buffer.byteLength(ntfyMessage) <= 4000);
    const telegramText = String((await sent("telegram", long)).body["text"]);
    assert.ok(telegramText.length <= 4096);
    const slackText = String((await sent("slack", long)).body["text"]);
    assert.ok(slackText.length <= 4000);
    const gotifyText = String((await sent("gotify", long)).body["message"]);
    for (const text of [embed?.["title"], embed?.["description"], ntfyMessage, gotifyText, telegramText]) {
      assert.ok(text?.isWellFormed() && text.includes("…"), character);
    }
    assert.doesNotMatch(`${embed?.["title"]}${embed?.["description"]}`, /(^|[^\\])(\\\\)*\\…/);
    assert.doesNotMatch(telegramText + slackText, /&[a-z]*…/);
  }
});

test("every channel is there, and refuses settings that are not its own without showing them", async () => {
  assert.deepEqual(Object.keys(CHANNELS).sort(), [...CHANNEL_KINDS].sort());
  for (const kind of CHANNEL_KINDS) {
    assert.equal(CHANNELS[kind].kind, kind);
    for (const wrong of [undefined, {}, { url: "http://a:hunter2@b/" }, { ...settingsFor(kind, "https://x.example"), "un known": 1 }]) {
      await assert.rejects(CHANNELS[kind].send(notice, wrong, sending), (error: unknown) => {
        assert.ok(error instanceof DeliveryError && !error.retry, inspect(error));
        assert.match(error.message, new RegExp(`settings of this ${kind} channel are wrong`));
        assert.doesNotMatch(inspect(error).replace(/^ {4}at .*$/gm, ""), /hunter2/);
        return true;
      });
    }
  }
});

test("what is secret is shown as ***, and of a secret URL its host", () => {
  for (const kind of OVER_HTTP) {
    const shown = JSON.stringify(shownSettings(CHANNELS[kind], settingsFor(kind, "https://x.example")));
    assert.doesNotMatch(shown, /hunter2|whsec/);
    assert.match(shown, /x\.example/);
  }
  assert.deepEqual(shownSettings(CHANNELS.smtp, { host: "h", password: "hunter2", user: "u" }), { host: "h", password: "***", user: "u" });
});

test("each answer says whether a later try may do, and no error holds a secret", async () => {
  const table: [status: number, retry: boolean][] = [
    [307, false],
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [410, false],
    [429, true],
    [500, true],
    [503, true],
  ];
  for (const [status, retry] of table) {
    for (const kind of OVER_HTTP) {
      const body = `{"message":"no hunter2 for you\\u0000","description":"hunter2"}`;
      await using server = await recorder({ status, body, headers: { location: "/hunter2" } });
      const settings = settingsFor(kind, server.url);
      await assert.rejects(CHANNELS[kind].send(notice, settings, sending), (error: unknown) => {
        assert.ok(error instanceof DeliveryError, inspect(error));
        assert.deepEqual([error.retry, error.pauseMs], [retry, undefined], `${kind} ${status}`);
        assert.doesNotMatch(error.message, /hunter2|\0/);
        assert.match(error.message, new RegExp(`${status}`));
        return true;
      });
    }
  }
});

test("the pause a receiver asks for is taken, in any of its forms, and bounded", async () => {
  const table: [headers: Record<string, string>, body: string, pauseMs: number | undefined][] = [
    [{ "retry-after": "7" }, "{}", 7000],
    [{ "retry-after": new Date(NOW + 90_000).toUTCString() }, "{}", 90_000],
    [{ "retry-after": new Date(NOW - 90_000).toUTCString() }, "{}", 0],
    [{ "retry-after": "999999999" }, "{}", DEFAULT_LIMITS.outgoingPauseMs],
    [{ "retry-after": "soon" }, "{}", undefined],
    [{}, '{"retry_after":0.3}', 300],
    [{}, '{"parameters":{"retry_after":5}}', 5000],
    [{}, '{"retry_after":-1}', 0],
    [{}, '{"retry_after":"5"}', undefined],
    [{}, "null", undefined],
    [{}, "<html>", undefined],
  ];
  for (const [headers, body, pauseMs] of table) {
    await using server = await recorder({ status: 429, headers, body });
    await assert.rejects(CHANNELS.discord.send(notice, { url: server.url }, sending), { retry: true, pauseMs });
  }
});

test("of an answer that is no such service's nothing is told", async () => {
  await using server = await recorder({ status: 403, body: "internal admin page: password is swordfish" });
  await assert.rejects(CHANNELS.slack.send(notice, { url: server.url }, sending), { message: /^127\.0\.0\.1:\d+ answered 403$/ });
  await using slack = await recorder({ status: 404, body: "no_service" });
  await assert.rejects(CHANNELS.slack.send(notice, { url: slack.url }, sending), { message: /answered 404: no_service$/ });
});

test("an address that may not be called is given up, one that does not answer is tried again", async () => {
  const closed = { ...sending, way: { ...sending.way, reach: reachOf([]) } };
  await assert.rejects(CHANNELS.discord.send(notice, { url: "http://127.0.0.1:1/" }, closed), { name: "DeliveryError", retry: false });
  await assert.rejects(CHANNELS.discord.send(notice, { url: "http://127.0.0.1:1/" }, sending), { name: "DeliveryError", retry: true });
});
