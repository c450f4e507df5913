import { z } from "zod";
import type { NoticeKind } from "#model/alarm.ts";
import { channelOf, targetUrl, tokenText } from "./channel.ts";
import { postJson } from "./post.ts";
import { fitted, oneLine } from "./words.ts";

const TITLE_UNITS = 200;
const TEXT_UNITS = 8000;
const PRIORITY = { alarm: 8, recovery: 5, digest: 2, test: 5 } as const satisfies Record<NoticeKind, number>;

const settings = z.strictObject({ server: targetUrl, token: tokenText("must be the token of an application") });

/** An application of a Gotify server. Its token goes in a header: URLs stand in the logs of proxies. */
export const gotify = channelOf({
  kind: "gotify",
  settings,
  secrets: ["token"],
  async deliver(notice, { server, token }, sending) {
    const click = notice.url === undefined ? {} : { "client::notification": { click: { url: notice.url } } };
    const body = JSON.stringify({
      title: oneLine(notice.title, TITLE_UNITS),
      message: fitted(notice.text, TEXT_UNITS),
      priority: PRIORITY[notice.kind],
      extras: { "client::display": { contentType: "text/plain" }, ...click },
    });
    await postJson(sending, { url: `${server.replace(/\/+$/, "")}/message`, headers: { "x-gotify-key": token }, body, secrets: [token] });
  },
});
