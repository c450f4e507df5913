import { z } from "zod";
import type { NoticeKind } from "#model/alarm.ts";
import { channelOf, targetUrl } from "./channel.ts";
import { postJson } from "./post.ts";
import { fitted, oneLine } from "./words.ts";

// discord.com/developers/docs/resources/message#embed-object-embed-limits
const TITLE_UNITS = 256;
const TEXT_UNITS = 4096;
const COLOR = { alarm: 0xc0392b, recovery: 0x27ae60, digest: 0x2980b9, test: 0x7f8c8d } as const satisfies Record<NoticeKind, number>;

/** A webhook of a Discord channel. Its URL is all that one needs to write there. */
export const discord = channelOf({
  kind: "discord",
  settings: z.strictObject({ url: targetUrl }),
  secrets: ["url"],
  async deliver(notice, { url }, sending) {
    const body = JSON.stringify({
      username: "Holdfast",
      allowed_mentions: { parse: [] },
      embeds: [
        {
          title: oneLine(notice.title, TITLE_UNITS, escapeMarkdown),
          description: fitted(notice.text, TEXT_UNITS, escapeMarkdown),
          color: COLOR[notice.kind],
          timestamp: new Date(notice.atMs).toISOString(),
          ...(notice.url === undefined ? {} : { url: notice.url }),
        },
      ],
    });
    await postJson(sending, { url, body, secrets: [url] });
  },
});

/** Discord takes a backslash before any punctuation; the colon keeps bare addresses from becoming links. */
function escapeMarkdown(character: string): string {
  return /[\\`*_{}[\]()<>#+\-.!|~:@/]/.test(character) ? `\\${character}` : character;
}
