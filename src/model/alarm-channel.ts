import type { AlarmKind, ChannelKind } from "./alarm.ts";

/** What a channel is set up with, by name; which names there are is the kind's matter. */
export type ChannelSettings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** When a channel gets the day's digest. */
export interface DigestTime {
  /** 0 to 23, as clocks in `zone` show it. */
  readonly hour: number;
  /** As the IANA database calls it: `Europe/Vienna`. */
  readonly zone: string;
}

/** What goes to a channel. */
export interface ChannelRoute {
  /** Undefined: alarms of every kind, also of those that are still to come. */
  readonly kinds: readonly AlarmKind[] | undefined;
  /** Names of accounts; alarms that concern none of them do not go here. Undefined: all alarms, the hub's own included. */
  readonly accounts: readonly string[] | undefined;
}

/** A way to tell people. Its settings, some of which are secret, are told apart from it. */
export interface AlarmChannel extends ChannelRoute {
  readonly id: number;
  readonly name: string;
  readonly kind: ChannelKind;
  /** Undefined: it gets no digest. */
  readonly digest: DigestTime | undefined;
  readonly createdAtMs: number;
  /** When it was switched off; undefined while it is in use. */
  readonly disabledAtMs: number | undefined;
}

const CHANNEL_NAME = /^[\p{L}\p{N}_\-@][\p{L}\p{N}\p{M}_\-.@]*$/u;

/** Why `name` cannot be a channel's, as a sentence for a person, or undefined when it can: letters, digits and `_ - . @`, NFC, at most 64. */
export function refuseChannelName(name: string): string | undefined {
  if (name === "") return "A channel needs a name";
  if ([...name].length > 64) return "A channel's name has at most 64 characters";
  if (name.normalize("NFC") !== name) return "A channel's name is written in Unicode's composed form (NFC)";
  if (!CHANNEL_NAME.test(name)) return "A channel has letters, digits and _ - . @ in its name, and no dot first";
  return undefined;
}
