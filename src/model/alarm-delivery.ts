import type { NoticeKind } from "./alarm.ts";

/**
 * How far a notice has come on its way to one channel.
 *
 * - `waiting`   it will be tried, for the first time or again
 * - `sent`      the receiver has taken it
 * - `folded`    there were too many at once: a summary tells of it in its place
 * - `given_up`  it will not be tried again
 */
export const DELIVERY_STATUSES = ["waiting", "sent", "folded", "given_up"] as const;

export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** One notice on its way to one channel, as the delivery log tells it. */
export interface AlarmDelivery {
  readonly id: number;
  readonly noticeId: string;
  readonly noticeKind: NoticeKind;
  readonly title: string;
  readonly alarmId: number | undefined;
  readonly channelId: number;
  readonly channelName: string;
  readonly status: DeliveryStatus;
  /** How often it was tried. */
  readonly attempts: number;
  readonly createdAtMs: number;
  /** Undefined once it will not be tried any more. */
  readonly nextTryAtMs: number | undefined;
  /** Undefined while it waits. */
  readonly endedAtMs: number | undefined;
  /** Why the last try failed, as one sentence without a secret. */
  readonly lastError: string | undefined;
}
