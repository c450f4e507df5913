/**
 * What somebody must know.
 *
 * - `silence`    a backup that was due has not come
 * - `failing`    backups are refused or break off
 * - `size`       a backup is far smaller than those before it
 * - `chain`      an incremental backup has nothing to build on, or will outlive what it needs
 * - `damage`     stored bytes are not what they were
 * - `guard`      a guard has stopped something: a clock that jumped, a sweep that would take too much
 * - `space`      room is running out
 * - `delivery`   a channel does not take what it is sent
 */
export const ALARM_KINDS = ["silence", "failing", "size", "chain", "damage", "guard", "space", "delivery"] as const;

export type AlarmKind = (typeof ALARM_KINDS)[number];

/** Open from the moment its cause is seen until it is gone. Of one kind and subject at most one is open. */
export interface Alarm {
  readonly id: number;
  readonly kind: AlarmKind;
  /** What it is about, as a key: `thing 12`, `account laptop`, `hub`. */
  readonly subject: string;
  /** Name of the account it concerns, where there is one. */
  readonly account: string | undefined;
  /** One sentence for a person. */
  readonly summary: string;
  readonly openedAtMs: number;
  /** When its cause was seen last. */
  readonly seenAtMs: number;
  readonly closedAtMs: number | undefined;
  /** Why it was closed, as a sentence; undefined while it is open. */
  readonly outcome: string | undefined;
}

/** What is sent to people: that an alarm was opened, that it is over, what the day was like, or a test. */
export const NOTICE_KINDS = ["alarm", "recovery", "digest", "test"] as const;

export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** One message, as every channel is handed it. Plain text that may hold names from outside: each channel escapes for itself. */
export interface Notice {
  /** Different for each notice and the same for all tries to deliver it, so that a receiver can tell a repeat. */
  readonly id: string;
  readonly kind: NoticeKind;
  readonly atMs: number;
  /** One line. */
  readonly title: string;
  /** Lines with `\n` between them. */
  readonly text: string;
  /** Of the alarm that it tells of. */
  readonly alarm: { readonly id: number; readonly kind: AlarmKind; readonly subject: string } | undefined;
  /** Where a person can see more; undefined while the hub does not know its public address. */
  readonly url: string | undefined;
}

export const CHANNEL_KINDS = ["smtp", "webhook", "ntfy", "discord", "slack", "telegram", "gotify"] as const;

export type ChannelKind = (typeof CHANNEL_KINDS)[number];
