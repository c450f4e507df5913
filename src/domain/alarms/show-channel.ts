import { findChannel, type SealedChannel } from "#db/alarm-channels.ts";
import type { AlarmChannel, ChannelSettings } from "#model/alarm-channel.ts";
import { HubError } from "#model/hub-error.ts";
import type { AlarmCore } from "./alarm-core.ts";
import { masked, openSettings } from "./channel-settings.ts";

/** A channel as anybody may see it. */
export interface ShownChannel extends AlarmChannel {
  /** With every secret masked; undefined where the master key that they were sealed with is no longer the hub's. */
  readonly settings: ChannelSettings | undefined;
}

/** The channel of that name. Throws `not_found`. */
export async function showChannel(core: AlarmCore, { name }: { readonly name: string }): Promise<ShownChannel> {
  return shownChannel(core, await requireChannel(core, name));
}

/** A page of channels by their folded names, those behind the one called `after`. Throws `invalid_input`. */
export async function pageOfChannels(
  core: AlarmCore,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly ShownChannel[]> {
  return (await core.database.list("listChannels", { after, limit })).map((channel) => shownChannel(core, channel));
}

/** As it is kept. Throws `not_found`. */
export async function requireChannel(core: AlarmCore, name: string): Promise<SealedChannel> {
  const channel = await findChannel(core.database.read, name);
  if (channel === undefined) throw new HubError("not_found", "There is no such channel");
  return channel;
}

export function shownChannel(core: AlarmCore, sealed: SealedChannel): ShownChannel {
  const settings = settingsOf(core, sealed);
  return { ...sealed.channel, settings: settings && masked(settings, core.alarms.ways[sealed.channel.kind]) };
}

/** Undefined where they cannot be opened. */
export function settingsOf(core: AlarmCore, sealed: SealedChannel): ChannelSettings | undefined {
  try {
    return openSettings(core, sealed);
  } catch (error) {
    core.log.warn("settings of a channel cannot be opened", { channel: sealed.channel.name, error });
    return undefined;
  }
}
