import { findAccountByName } from "#db/accounts.ts";
import type { Actor } from "#model/actor.ts";
import type { AlarmKind, ChannelKind } from "#model/alarm.ts";
import { type ChannelRoute, type ChannelSettings, type DigestTime, refuseChannelName } from "#model/alarm-channel.ts";
import { HubError } from "#model/hub-error.ts";
import type { AlarmCore } from "./alarm-core.ts";
import { askFor } from "./alarm-work.ts";
import { checkSettings, sealSettings } from "./channel-settings.ts";
import { firstDigestDay, isZone } from "./digest-time.ts";
import { type ShownChannel, shownChannel } from "./show-channel.ts";

const MOST_ACCOUNTS = 100;

export interface NewChannel {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly settings: ChannelSettings;
  /** Undefined: alarms of every kind. */
  readonly kinds?: readonly AlarmKind[] | undefined;
  /** Undefined: all alarms, the hub's own included. */
  readonly accounts?: readonly string[] | undefined;
  readonly digest?: DigestTime | undefined;
}

/** Adds a way to tell people; its secrets are sealed. Throws `invalid_input`, `already_exists`, `not_found` for an account. */
export async function addChannel(core: AlarmCore, by: Actor, input: NewChannel): Promise<ShownChannel> {
  const { name, kind, digest } = input;
  const refused = refuseChannelName(name);
  if (refused !== undefined) throw new HubError("invalid_input", refused);
  const route = await readRoute(core, input);
  if (digest !== undefined) checkDigest(digest);
  const settings = checkSettings(core, kind, input.settings);
  const nowMs = core.clock();
  const sealKey = core.alarms.newId();
  const sealed = { sealKey, sealedSettings: sealSettings(core, settings, sealKey) };
  const digestDay = digest && firstDigestDay(digest, nowMs);
  const added = await core.database.write("addChannel", { name, kind, ...sealed, ...route, digest, digestDay, nowMs, by });
  if (digest !== undefined) await askFor(core, "alarms.digest", `${added.channel.id}`, nowMs);
  return shownChannel(core, added);
}

/** Throws `invalid_input` for a route that nothing takes, `not_found` for an account that is not there. */
export async function readRoute(core: AlarmCore, { kinds, accounts }: Partial<ChannelRoute>): Promise<ChannelRoute> {
  if (kinds?.length === 0 || accounts?.length === 0)
    throw new HubError("invalid_input", "A channel gets alarms of at least one kind and account");
  if (accounts !== undefined && accounts.length > MOST_ACCOUNTS) {
    throw new HubError("invalid_input", `A channel names at most ${MOST_ACCOUNTS} accounts`);
  }
  const names: string[] = [];
  for (const account of accounts ?? []) {
    const found = await findAccountByName(core.database.read, account);
    if (found === undefined) throw new HubError("not_found", "There is no such account");
    names.push(found.name);
  }
  return { kinds: kinds && [...new Set(kinds)], accounts: accounts && [...new Set(names)] };
}

/** Throws `invalid_input`. */
export function checkDigest({ hour, zone }: DigestTime): void {
  if (!Number.isInteger(hour) || hour < 0 || hour > 23) throw new HubError("invalid_input", "The hour of a digest is 0 to 23");
  if (zone.length > 64 || !isZone(zone)) throw new HubError("invalid_input", "No such time zone; one is called Europe/Vienna, another UTC");
}
