import { z } from "zod";
import type { NoticeKind } from "#model/alarm.ts";
import { channelOf, targetUrl, tokenText } from "./channel.ts";
import { postJson } from "./post.ts";
import { fittedBytes, oneLine } from "./words.ts";

const TOPIC = "must be a topic of letters, digits, _ and -, at most 64";
const MESSAGE_BYTES = 4000; // from 4096 on ntfy makes a file of it, or refuses
const PRIORITY = { alarm: 4, recovery: 3, digest: 2, test: 3 } as const satisfies Record<NoticeKind, number>;

const settings = z.strictObject({
  server: targetUrl.default("https://ntfy.sh"),
  topic: z.string(TOPIC).regex(/^[-_A-Za-z0-9]{1,64}$/, TOPIC),
  token: tokenText("must be an access token").optional(),
});

/** ntfy, published as JSON: as headers, names would have to be encoded. Markdown stays off, and the address goes along as `click`. */
export const ntfy = channelOf({
  kind: "ntfy",
  settings,
  secrets: ["topic", "token"], // on a public server whoever knows the topic reads it
  async deliver(notice, { server, topic, token }, sending) {
    const body = JSON.stringify({
      topic,
      title: oneLine(notice.title, 200),
      message: fittedBytes(notice.text, MESSAGE_BYTES),
      priority: PRIORITY[notice.kind],
      ...(notice.url === undefined ? {} : { click: notice.url }),
    });
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    await postJson(sending, { url: server, headers, body, secrets: [topic, token] });
  },
});
