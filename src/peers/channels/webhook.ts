import { createHmac } from "node:crypto";
import { z } from "zod";
import { channelOf, targetUrl } from "./channel.ts";
import { postJson } from "./post.ts";

const SECRET = "must be whsec_ and then the base64 of 24 to 64 random bytes";

const settings = z.strictObject({
  url: targetUrl,
  secret: z.string(SECRET).refine((text) => keyOf(text) !== undefined, SECRET),
});

/**
 * A signed POST after the Standard Webhooks convention (standardwebhooks.com), whose libraries verify it as it stands: `webhook-id` is the
 * same for all tries of a notice, `webhook-timestamp` is of this try in seconds, `webhook-signature` is `v1,` and the base64 of
 * HMAC-SHA256 over `<id>.<timestamp>.<body>`. The body is `{ type, timestamp, data }`.
 */
export const webhook = channelOf({
  kind: "webhook",
  settings,
  secrets: ["url", "secret"], // many receivers know a sender by a token in the URL
  async deliver(notice, { url, secret }, sending) {
    const body = JSON.stringify({
      type: `holdfast.${notice.kind}`,
      timestamp: new Date(notice.atMs).toISOString(),
      data: { id: notice.id, title: notice.title, text: notice.text, alarm: notice.alarm ?? null, url: notice.url ?? null },
    });
    const seconds = `${Math.floor(sending.nowMs / 1000)}`;
    const signature = createHmac("sha256", keyOf(secret) ?? "")
      .update(`${notice.id}.${seconds}.${body}`)
      .digest("base64");
    const headers = { "webhook-id": notice.id, "webhook-timestamp": seconds, "webhook-signature": `v1,${signature}` };
    await postJson(sending, { url, headers, body, secrets: [url, secret] });
  },
});

function keyOf(secret: string): Buffer | undefined {
  const base64 = /^whsec_(?<base64>[A-Za-z0-9+/]+={0,2})$/.exec(secret)?.groups?.["base64"] ?? "";
  const key = Buffer.from(base64, "base64");
  return key.byteLength >= 24 && key.byteLength <= 64 ? key : undefined;
}
