import { z } from "zod";
import { channelOf, targetUrl } from "./channel.ts";
import { postJson } from "./post.ts";
import { fitted, oneLine, textOf } from "./words.ts";

const TITLE_UNITS = 300;
const TEXT_UNITS = 3600; // with the title below the 4096 of one message
const TOKEN = "must be a bot's token, such as 123456:ABC-DEF";
const CHAT = "must be the number of a chat, or @ and the name of a channel";

const settings = z.strictObject({
  server: targetUrl.default("https://api.telegram.org"),
  token: z.string(TOKEN).regex(/^\d{1,20}:[A-Za-z0-9_-]{1,100}$/, TOKEN),
  chat: z.string(CHAT).regex(/^(-?\d{1,20}|@[A-Za-z0-9_]{1,64})$/, CHAT),
});

/** A Telegram bot. Its token stands in the path, so that the URL is never told to anybody. */
export const telegram = channelOf({
  kind: "telegram",
  settings,
  secrets: ["token"],
  async deliver(notice, { server, token, chat }, sending) {
    const title = oneLine(notice.title, TITLE_UNITS, escapeHtml);
    const body = JSON.stringify({
      chat_id: chat,
      text: `<b>${title}</b>\n${fitted(textOf(notice), TEXT_UNITS, escapeHtml)}`,
      parse_mode: "HTML",
      link_preview_options: { is_disabled: true },
    });
    await postJson(sending, { url: `${server.replace(/\/+$/, "")}/bot${token}/sendMessage`, body, secrets: [token, token.split(":")[1]] });
  },
});

/** core.telegram.org/bots/api#html-style; the word joiner keeps `@name` from calling somebody. */
function escapeHtml(character: string): string {
  return { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "@": "@\u2060" }[character] ?? character;
}
