import type { ChannelKind, Notice } from "#model/alarm.ts";
import type { ChannelSettings } from "#model/alarm-channel.ts";
import type { Core } from "../core.ts";

/** What one kind of channel can do. */
export interface ChannelWay {
  /** Names of the settings that are secret; none of them leaves the hub again but to the receiver. */
  readonly secretNames: readonly string[];
  /** Names of the settings that say where the secrets go; whoever changes one gives the secrets again. */
  readonly addressNames: readonly string[];
  /** The settings as they are kept, complete. Throws `invalid_input` with a sentence that says what is wrong. */
  check(settings: ChannelSettings): ChannelSettings;
  /**
   * Resolves when the receiver has taken the notice. Throws an error whose message is a sentence without secrets; what it says of
   * another try is read by `readSendFailure`.
   */
  send(notice: Notice, settings: ChannelSettings, options: { readonly signal: AbortSignal }): Promise<void>;
}

/** Keeps text secret at rest. `place` binds it to where it lies: text sealed for one place does not open at another. */
export interface Sealer {
  seal(text: string, place: string): string;
  /** Throws when the key is another or the text was altered. */
  open(sealed: string, place: string): string;
}

/**
 * Work that is due at a time; whoever runs it calls the verb named beside the kind. A key has one time for each kind: the earlier of
 * what is asked counts. What is asked while the work runs is not lost.
 *
 * - `alarms.tell`     `tellAlarms`, key `all`
 * - `alarms.deliver`  `deliver`, key the channel's number
 * - `alarms.digest`   `sendDigest`, key the channel's number
 *
 * Beside these `catchUpAlarms` is called at the start and then each time that it says.
 */
export type AlarmWork = "alarms.tell" | "alarms.deliver" | "alarms.digest";

/** What alarms need beside the rooms below the domain. */
export interface AlarmParts {
  readonly ways: Readonly<Record<ChannelKind, ChannelWay>>;
  readonly sealer: Sealer;
  schedule(kind: AlarmWork, key: string, dueAtMs: number): Promise<void>;
  /** A new text that nobody can guess and that was never given out. */
  newId(): string;
  /** Where a person can see an alarm; undefined while the hub does not know its public address. */
  alarmUrl(alarmId: number): string | undefined;
  /** Lines that the digest begins with: how the things of these accounts are doing, of all without any. At most 50 are taken. */
  digestLines(accounts: readonly string[] | undefined, signal: AbortSignal): Promise<readonly string[]>;
}

/** What every verb of alarms is handed. */
export type AlarmCore = Pick<Core, "database" | "clock" | "log" | "limits"> & { readonly alarms: AlarmParts };
