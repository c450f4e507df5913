import type { ChannelKind } from "#model/alarm.ts";
import type { Channel } from "./channel.ts";
import { discord } from "./discord.ts";
import { gotify } from "./gotify.ts";
import { ntfy } from "./ntfy.ts";
import { slack } from "./slack.ts";
import { smtp } from "./smtp.ts";
import { telegram } from "./telegram.ts";
import { webhook } from "./webhook.ts";

/** Every channel there is. */
export const CHANNELS: Readonly<Record<ChannelKind, Channel>> = { smtp, webhook, ntfy, discord, slack, telegram, gotify };
