import type { Actor } from "#model/actor.ts";
import type { AlarmKind } from "#model/alarm.ts";
import type { ChannelSettings, DigestTime } from "#model/alarm-channel.ts";
import { HubError } from "#model/hub-error.ts";
import { checkDigest, readRoute } from "./add-channel.ts";
import type { AlarmCore } from "./alarm-core.ts";
import { askFor } from "./alarm-work.ts";
import { checkSettings, MASK, mergedSettings, sealSettings } from "./channel-settings.ts";
import { firstDigestDay } from "./digest-time.ts";
import { requireChannel, type ShownChannel, settingsOf, shownChannel } from "./show-channel.ts";

/** What is undefined stays as it is; null takes a bound or the digest away. */
export interface ChannelChanges {
  /** All of them, as they are to be; a secret that is masked or missing stays as it is. */
  readonly settings?: ChannelSettings | undefined;
  readonly kinds?: readonly AlarmKind[] | null | undefined;
  readonly accounts?: readonly string[] | null | undefined;
  readonly digest?: DigestTime | null | undefined;
}

/** Throws `not_found`, `invalid_input`, and `changed` when somebody else is quicker. */
export async function changeChannel(core: AlarmCore, by: Actor, name: string, changes: ChannelChanges): Promise<ShownChannel> {
  const former = await requireChannel(core, name);
  const { channel, sealKey } = former;
  const route = await readRoute(core, {
    kinds: changes.kinds === undefined ? channel.kinds : (changes.kinds ?? undefined),
    accounts: changes.accounts === undefined ? channel.accounts : (changes.accounts ?? undefined),
  });
  const nowMs = core.clock();
  const digest = changes.digest === undefined ? channel.digest : (changes.digest ?? undefined);
  const isNewDigest = digest !== undefined && (digest.hour !== channel.digest?.hour || digest.zone !== channel.digest.zone);
  if (isNewDigest) checkDigest(digest);
  // A day that has had its digest gets no other when the hour moves.
  const digestDay = former.digestDay ?? (isNewDigest ? firstDigestDay(digest, nowMs) : undefined);
  const settings = changedSettings(core, former, changes.settings);
  const sealed = { sealedSettings: sealSettings(core, settings, sealKey), formerSettings: former.sealedSettings };
  const changed = await core.database.write("changeChannel", { name, ...sealed, ...route, digest, digestDay, nowMs, by });
  if (isNewDigest) await askFor(core, "alarms.digest", `${channel.id}`, nowMs);
  return shownChannel(core, changed);
}

function changedSettings(
  core: AlarmCore,
  former: Awaited<ReturnType<typeof requireChannel>>,
  change: ChannelSettings | undefined,
): ChannelSettings {
  const { kind } = former.channel;
  const way = core.alarms.ways[kind];
  const known = settingsOf(core, former);
  if (change === undefined) {
    if (known === undefined) throw new HubError("invalid_input", "The settings of this channel are lost; give all of them again");
    return known;
  }
  const merged = checkSettings(core, kind, mergedSettings(known ?? {}, change, way));
  if (known === undefined) return merged;
  // Else whoever may change a channel could have its secrets sent to a server of their own.
  const moved = way.addressNames.some((name) => JSON.stringify(merged[name]) !== JSON.stringify(known[name]));
  const kept = way.secretNames.some((name) => known[name] !== undefined && (change[name] === undefined || change[name] === MASK));
  if (moved && kept) throw new HubError("invalid_input", "Give the secrets again: they would go to another place");
  return merged;
}
