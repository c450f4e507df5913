import { z } from "zod";
import { channelOf, targetUrl } from "./channel.ts";
import { postJson } from "./post.ts";
import { fitted, oneLine, textOf } from "./words.ts";

const TITLE_UNITS = 300;
const TEXT_UNITS = 3000; // Slack cuts at 40,000; nobody reads that

/**
 * An incoming webhook of Slack, or of what speaks like it (Mattermost, Rocket.Chat). Commands such as `<!channel>` and `<url|text>` begin with
 * an angle bracket even where Markdown is off, so the three characters that Slack names are escaped.
 */
export const slack = channelOf({
  kind: "slack",
  settings: z.strictObject({ url: targetUrl }),
  secrets: ["url"],
  async deliver(notice, { url }, sending) {
    const text = `${oneLine(notice.title, TITLE_UNITS, escapeSlack)}\n${fitted(textOf(notice), TEXT_UNITS, escapeSlack)}`;
    const body = JSON.stringify({ text, mrkdwn: false, parse: "none", link_names: false, unfurl_links: false, unfurl_media: false });
    await postJson(sending, { url, body, secrets: [url] });
  },
});

function escapeSlack(character: string): string {
  return { "&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\u2060" }[character] ?? character; // Mattermost looks for @names in plain text
}
