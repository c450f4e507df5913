import type { SealedChannel } from "#db/alarm-channels.ts";
import type { ChannelKind } from "#model/alarm.ts";
import type { ChannelSettings } from "#model/alarm-channel.ts";
import { HubError } from "#model/hub-error.ts";
import type { AlarmCore, ChannelWay } from "./alarm-core.ts";

/** What stands for a secret wherever settings are shown; given back in a change it keeps the secret that there is. */
export const MASK = "***";

/** The settings as they are shown to anybody. */
export function masked(settings: ChannelSettings, { secretNames }: Pick<ChannelWay, "secretNames">): ChannelSettings {
  const entries = Object.entries(settings).map(([name, value]) => [name, secretNames.includes(name) ? MASK : value] as const);
  return Object.fromEntries(entries);
}

/** The settings of a change: a secret that is given as its mask, or not at all, stays as it was; all else is as the change says. */
export function mergedSettings(
  former: ChannelSettings,
  change: ChannelSettings,
  { secretNames }: Pick<ChannelWay, "secretNames">,
): ChannelSettings {
  const kept = secretNames.filter((name) => name in former && (change[name] === undefined || change[name] === MASK));
  return { ...change, ...Object.fromEntries(kept.map((name) => [name, former[name] ?? MASK])) };
}

/** Settings as they lie in the database. */
export function sealSettings({ alarms }: AlarmCore, settings: ChannelSettings, sealKey: string): string {
  return alarms.sealer.seal(JSON.stringify(settings), placeOf(sealKey));
}

/** Throws when they were sealed with another key, or altered. */
export function openSettings({ alarms }: AlarmCore, { sealedSettings, sealKey }: SealedChannel): ChannelSettings {
  return JSON.parse(alarms.sealer.open(sealedSettings, placeOf(sealKey))) as ChannelSettings; // we wrote it, and nobody has altered it
}

function placeOf(sealKey: string): string {
  return `alarm-channel ${sealKey}`;
}

const MOST_CHARACTERS = 16_384;

/** Settings as they are kept. Throws `invalid_input`. */
export function checkSettings({ alarms }: AlarmCore, kind: ChannelKind, settings: ChannelSettings): ChannelSettings {
  const way = alarms.ways[kind];
  if (JSON.stringify(settings).length > MOST_CHARACTERS) throw new HubError("invalid_input", "The settings of a channel are too long");
  // Else what was shown would be taken for the secret itself.
  if (way.secretNames.some((name) => settings[name] === MASK))
    throw new HubError("invalid_input", "A secret is missing: *** stands for one");
  return way.check(settings);
}
